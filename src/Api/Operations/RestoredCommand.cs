using System.CommandLine;
using RooCoord.Infrastructure;

namespace RooCoord.Api.Operations;

/// <summary><c>restored</c>: to be run once after the database was restored from a backup, before the server starts.</summary>
internal static class RestoredCommand
{
    public static Command Create()
    {
        var command = new Command("restored", "Run once after restoring the database from a backup, before the server starts: raises every mailbox's epoch.");
        command.TreatUnmatchedTokensAsErrors = false;
        command.SetAction((parsed, cancellationToken) => RunAsync(parsed.UnmatchedTokens, cancellationToken));
        return command;
    }

    private static async Task<int> RunAsync(IReadOnlyList<string> settings, CancellationToken cancellationToken)
    {
        try
        {
            await using var services = CommandServices.Build(settings, out var options);
            using var held = DataFolder.TryLock(options.Storage.Data);
            if (held is null)
            {
                await Console.Error.WriteLineAsync("Stop the server first: its clients must not see the numbers change under them.");
                return 1;
            }
            var mailboxes = await services.RaiseEpochAsync(cancellationToken);
            Console.WriteLine($"Raised the epoch of {mailboxes} mailboxes. Start the server.");
            return 0;
        }
        catch (Exception exception) when (exception is OptionsException or IOException or UnauthorizedAccessException or System.Data.Common.DbException)
        {
            await Console.Error.WriteLineAsync(exception.Message);
            return 1;
        }
    }
}
