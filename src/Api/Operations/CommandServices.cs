using RooCoord.Api.Auth;
using RooCoord.Infrastructure;

namespace RooCoord.Api.Operations;

/// <summary>What commands beside a server need: its configuration, its database, its keys.</summary>
internal static class CommandServices
{
    public static ServiceProvider Build(IReadOnlyList<string> settings, out ServerOptions options)
    {
        var builder = Host.CreateApplicationBuilder([.. settings]);
        options = ServerOptions.Read(builder.Configuration);
        var services = new ServiceCollection();
        services.AddLogging();
        services.AddSingleton(TimeProvider.System);
        services.AddSigningKeys(options.Storage);
        services.AddSingleton<BuiltInTokens>();
        return services.BuildServiceProvider();
    }
}
