using System.Diagnostics;
using RooCoord.Bench.Load;
using RooCoord.Bench.Machine;
using RooCoord.Bench.Relay;
using RooCoord.Bench.Servers;

namespace RooCoord.Bench.Connections;

/// <summary>All devices lose their connection at once and come back at once.</summary>
internal static class StormRun
{
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(2);

    public static async Task<IReadOnlyList<StormResult>> RunAsync(RooCoordServer server, ConnectionsOptions options, CancellationToken cancellation)
    {
        var credentials = await server.RegisterAsync(options.Devices, cancellation);
        return await Task.Run(() => Measure(server, credentials, options, cancellation), cancellation);
    }

    private static List<StormResult> Measure(
        RooCoordServer server, IReadOnlyList<DeviceCredential> credentials, ConnectionsOptions options, CancellationToken cancellation)
    {
        var results = new List<StormResult>();
        var loop = new LoadLoop();
        try
        {
            DevicePairs.Open(loop, server, credentials, options.Relay(), cancellation);
            foreach (var killed in new[] { false, true })
            {
                for (var i = 0; i < options.Storms; i++)
                {
                    ServerCalm.Wait(loop, server, cancellation);
                    loop = Storm(loop, server, credentials, killed, options, results, cancellation);
                }
            }

            return results;
        }
        finally
        {
            loop.Dispose();
        }
    }

    // Returns the loop with the new connections.
    private static LoadLoop Storm(
        LoadLoop old, RooCoordServer server, IReadOnlyList<DeviceCredential> credentials, bool killed, ConnectionsOptions options,
        List<StormResult> results, CancellationToken cancellation)
    {
        if (killed) server.KillAndRestartAsync(cancellation).GetAwaiter().GetResult();
        var shares = CoreShares.Watch(() => server.CpuTime);
        var start = Stopwatch.GetTimestamp();
        // Closes every socket, without a goodbye; after a kill they are dead already.
        old.Dispose();
        var loop = new LoadLoop();
        try
        {
            var load = new StormLoad(start, credentials.Count);
            loop.Load = load;
            var call = DevicePairs.OpeningCall(server.Variant, options.Window);
            foreach (var credential in credentials) DeviceConnection.Open(loop, credential, call);
            var asked = Stopwatch.GetElapsedTime(start);
            if (!loop.Run(load.IsOver, Limit, cancellation))
                throw new RunFailedException($"{credentials.Count - load.Served} of {credentials.Count} devices were not served within {Limit.TotalSeconds} s; {load.Errors} errors; {load.FirstError}");
            var used = shares();
            var calm = ServerCalm.Wait(loop, server, cancellation);
            results.Add(new(server.Variant.Name, killed, load.Times(), asked, calm, load.Errors, load.FirstError, load.Continued, load.Presence, used));
            return loop;
        }
        catch
        {
            loop.Dispose();
            throw;
        }
    }
}

/// <summary>One storm.</summary>
/// <param name="Engine">The variant.</param>
/// <param name="Killed">The server was killed and started again; otherwise its sockets were cut.</param>
/// <param name="Times">When each device was served, ascending.</param>
/// <param name="Asked">When the last connection had been begun.</param>
/// <param name="Calm">How long the server was still busy once all were served.</param>
/// <param name="Errors">Connections refused, lost or answered with an error.</param>
/// <param name="FirstError">The first of these.</param>
/// <param name="Continued">Devices whose session was continued.</param>
/// <param name="Presence">Times that a device was told of another.</param>
/// <param name="Cores">Until all were served.</param>
internal sealed record StormResult(
    string Engine, bool Killed, IReadOnlyList<TimeSpan> Times, TimeSpan Asked, TimeSpan Calm, int Errors, string FirstError, int Continued, long Presence, CoreShares Cores);
