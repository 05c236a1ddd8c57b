using RooCoord.Bench.Connections;
using RooCoord.Bench.Load;
using RooCoord.Bench.Machine;
using RooCoord.Bench.Relay;
using RooCoord.Bench.Servers;

namespace RooCoord.Bench.Cluster;

/// <summary>What it costs to tell all of a user's devices that one of them changed: SignalR's group, as <c>SetStatus</c> uses it.</summary>
internal static class FanOutRun
{
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(2);

    public static async Task<FanOutResult> RunAsync(IRelayServer server, ClusterOptions options, CancellationToken cancellation)
    {
        var credentials = await server.RegisterAsync(1 + options.FanOutDevices, cancellation);
        return await Task.Run(() => Measure(server, credentials, options, cancellation), cancellation);
    }

    private static FanOutResult Measure(IRelayServer server, IReadOnlyList<DeviceCredential> credentials, ClusterOptions options, CancellationToken cancellation)
    {
        using var loop = new LoadLoop();
        var connections = DevicePairs.Connect(loop, server, credentials, options.Relay(), cancellation);
        // Each that connects is told to all others: that has to be over.
        ServerCalm.Wait(loop, server, cancellation);
        var load = new FanOutLoad(connections[0], options.FanOutDevices);
        loop.Load = load;
        Change(loop, load, options.Changes, cancellation);

        var cores = CoreShares.Watch(() => server.CpuTime);
        var (nodes, database, redis) = (server.CpuTime, server.DatabaseCpuTime, server.RedisCpuTime);
        Change(loop, load, options.Changes, cancellation);
        (nodes, database, redis) = (server.CpuTime - nodes, server.DatabaseCpuTime - database, server.RedisCpuTime - redis);
        var times = load.Times();
        return new(
            LatencyRun.Percentile(times, 0.5), LatencyRun.Percentile(times, 0.99), nodes.TotalMicroseconds / options.Changes / options.FanOutDevices,
            database.TotalMicroseconds / options.Changes, redis.TotalMicroseconds / options.Changes, cores());
    }

    private static void Change(LoadLoop loop, FanOutLoad load, int changes, CancellationToken cancellation)
    {
        load.Start(changes);
        if (!loop.Run(load.IsOver, Limit, cancellation)) throw new RunFailedException($"fan-out: {load.Missing}");
    }
}

/// <summary>One fan-out.</summary>
/// <param name="P50">Milliseconds until the last device was told.</param>
/// <param name="P99">The same.</param>
/// <param name="NodeMicroseconds">All nodes' CPU time for one device told.</param>
/// <param name="DatabaseMicroseconds">The database's CPU time for one change.</param>
/// <param name="RedisMicroseconds">Redis' CPU time for one change.</param>
/// <param name="Cores">Meanwhile.</param>
internal sealed record FanOutResult(
    double P50, double P99, double NodeMicroseconds, double DatabaseMicroseconds, double RedisMicroseconds, CoreShares Cores);
