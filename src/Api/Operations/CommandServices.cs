using RooCoord.Api.Auth;
using RooCoord.Infrastructure;

namespace RooCoord.Api.Operations;

/// <summary>What commands beside a server need: its configuration, its database, its keys.</summary>
internal static class CommandServices
{
    public static ServiceProvider Build(IReadOnlyList<string> settings, out ServerOptions options)
    {
        RefuseUnknown(settings);
        var builder = Host.CreateApplicationBuilder([.. settings]);
        options = ServerOptions.Read(builder.Configuration);
        var services = new ServiceCollection();
        services.AddLogging();
        services.AddSingleton(TimeProvider.System);
        services.AddSigningKeys(options.Storage);
        services.AddSingleton<BuiltInTokens>();
        return services.BuildServiceProvider();
    }

    // Configuration is --Section:Key=value or --Section:Key value; anything else is a misspelt option, which must not be ignored.
    private static void RefuseUnknown(IReadOnlyList<string> settings)
    {
        for (var i = 0; i < settings.Count; i++)
        {
            var setting = settings[i];
            var name = setting.Split('=', 2)[0];
            if (!name.StartsWith("--", StringComparison.Ordinal) || !(name.Contains(':', StringComparison.Ordinal) || name == "--urls"))
                throw new OptionsException([$"Unknown option {setting}"]);
            if (name.Length == setting.Length) i++;
        }
    }
}
