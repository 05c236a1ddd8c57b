using System.Diagnostics;
using RooCoord.Bench.Load;
using RooCoord.Bench.Servers;

namespace RooCoord.Bench.Relay;

/// <summary>How long a message takes at a rate that the server can bear.</summary>
internal static class LatencyRun
{
    // At the new rate itself, after the saturated one: the group commit adapts.
    private static readonly TimeSpan PacedWarmUp = TimeSpan.FromSeconds(2);

    public static async Task<LatencyResult> RunAsync(IRelayServer server, RelayOptions options, CancellationToken cancellation)
    {
        var credentials = await server.RegisterAsync(options.Devices, cancellation);
        return await Task.Run(() => Measure(server, credentials, options, cancellation), cancellation);
    }

    private static LatencyResult Measure(
        IRelayServer server, IReadOnlyList<DeviceCredential> credentials, RelayOptions options, CancellationToken cancellation)
    {
        using var loop = new LoadLoop();
        var pairs = DevicePairs.Open(loop, server, credentials, options, cancellation);
        SaturationRun.WarmUp(loop, server.Variant, pairs, options, cancellation);

        var load = new PacedLoad(server.Variant, options.AcknowledgeEvery, options.Rate) { Pairs = pairs };
        loop.Load = load;
        var measured = TimeSpan.FromSeconds(options.Seconds);
        load.Start(PacedWarmUp, measured);
        loop.Run(PacedWarmUp, cancellation);
        var (start, cpu) = (Stopwatch.GetTimestamp(), server.CpuTime);
        // One minute more than it should take: a server that falls behind is to be seen in the numbers, not to hang the run.
        loop.Run(load.IsOver, measured + TimeSpan.FromMinutes(1), cancellation);
        var core = (server.CpuTime - cpu) / Stopwatch.GetElapsedTime(start);
        SaturationRun.Drain(loop, load, cancellation);

        var latencies = load.Latencies();
        if (latencies.Count == 0) throw new RunFailedException("no latency was measured");
        return new(Percentile(latencies, 0.5), Percentile(latencies, 0.99), Percentile(latencies, 0.999), core, latencies.Count);
    }

    /// <summary>In milliseconds, by the nearest rank.</summary>
    public static double Percentile(IReadOnlyList<TimeSpan> ascending, double part) =>
        ascending[Math.Min(ascending.Count - 1, (int)Math.Ceiling(part * ascending.Count) - 1)].TotalMilliseconds;
}
