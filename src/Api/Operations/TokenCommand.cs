using System.CommandLine;
using System.Globalization;
using RooCoord.Api.Auth;

namespace RooCoord.Api.Operations;

/// <summary><c>token --user alice [--role admin] [--hours 12]</c>: prints a user token, alone on standard output.</summary>
internal static class TokenCommand
{
    private const double MaxHours = 24 * 365;

    public static Command Create()
    {
        var user = new Option<string>("--user") { Required = true, Description = "The user the token is for (its sub)." };
        var role = new Option<string>("--role") { DefaultValueFactory = _ => "user", Description = "user or admin." };
        role.AcceptOnlyFromAmong("user", "admin");
        var hours = new Option<double>("--hours") { DefaultValueFactory = _ => 12, Description = "How long it lasts." };
        hours.Validators.Add(result =>
        {
            if (result.Tokens is [var token] && !(double.TryParse(token.Value, CultureInfo.InvariantCulture, out var value) && value is > 0 and <= MaxHours)) result.AddError($"--hours must be above 0 and at most {MaxHours}.");
        });
        user.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<string>() is not { Length: >= 1 and <= 255 } id || Domain.Text.IsMalformed(id)) result.AddError("--user must have 1 to 255 characters.");
        });
        var command = new Command("token", "Prints a token of the built-in issuer.") { user, role, hours };
        command.TreatUnmatchedTokensAsErrors = false;
        command.SetAction((parsed, cancellationToken) =>
            RunAsync(parsed.UnmatchedTokens, parsed.GetRequiredValue(user), parsed.GetRequiredValue(role), parsed.GetValue(hours), cancellationToken));
        return command;
    }

    private static async Task<int> RunAsync(IReadOnlyList<string> settings, string user, string role, double hours, CancellationToken cancellationToken)
    {
        try
        {
            await using var services = CommandServices.Build(settings, out var options);
            if (options.Auth.Authority is not null)
            {
                await Console.Error.WriteLineAsync("User tokens come from the provider in RooCoord:Auth:Authority; the built-in issuer is off.");
                return 1;
            }
            var token = await services.GetRequiredService<BuiltInTokens>().IssueUserAsync(user, role, TimeSpan.FromHours(hours), cancellationToken);
            Console.WriteLine(token.Value);
            return 0;
        }
        catch (Exception exception) when (exception is OptionsException or IOException or UnauthorizedAccessException or System.Data.Common.DbException)
        {
            await Console.Error.WriteLineAsync(exception.Message);
            return 1;
        }
    }
}
