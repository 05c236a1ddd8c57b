using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using RooCoord.Infrastructure;

namespace RooCoord.Api.Operations;

/// <summary>Runs the server and says what to do next.</summary>
internal static class ServeCommand
{
    public static async Task<int> RunAsync(string[] args)
    {
        try
        {
            var app = RooCoordServer.Build(args);
            await using (app)
            {
                var data = DataFolder.Create(ServerOptions.Read(app.Configuration).Storage.Data);
                using var held = DataFolder.TryLock(data);
                if (held is null) return Refuse($"Another RooCoord server is using {data}. Stop it, or give this one a folder of its own: --RooCoord:Data=PATH");
                var signals = app.Services.GetRequiredService<StopSignals>();
                signals.Listen();
                await app.StartAsync();
                Greet(app, data, args);
                await signals.WaitAsync(app.Lifetime);
                await app.StopAsync();
            }
            return 0;
        }
        catch (OptionsException exception)
        {
            return Refuse(exception.Message);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or System.Data.Common.DbException)
        {
            return Refuse($"RooCoord cannot start: {exception.Message}");
        }
    }

    private static void Greet(WebApplication app, string data, string[] args)
    {
        // The command must look where this server does.
        var elsewhere = (IsGiven(args, "RooCoord:Data") ? $" --RooCoord:Data={data}" : "")
            // Its keys are in the database; a connection string may hold a password.
            + (IsGiven(args, "RooCoord:Database") ? " --RooCoord:Database=..." : "");
        var urls = app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses;
        Console.WriteLine($"""
            RooCoord is running.
              URL:    {string.Join(" ", urls)}
              Data:   {data}
              Token:  dotnet run --project src/Api -- token --user alice{elsewhere}
            Register a device with that token (POST /api/v1/devices), then connect to /hubs/devices. Ctrl+C stops.
            """);
    }

    private static bool IsGiven(string[] args, string key) =>
        args.Any(a => a.Equals($"--{key}", StringComparison.OrdinalIgnoreCase) || a.StartsWith($"--{key}=", StringComparison.OrdinalIgnoreCase));

    private static int Refuse(string why)
    {
        Console.Error.WriteLine(why);
        return 1;
    }
}
