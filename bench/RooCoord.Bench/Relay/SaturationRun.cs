using System.Diagnostics;
using RooCoord.Bench.Load;
using RooCoord.Bench.Machine;
using RooCoord.Bench.Servers;

namespace RooCoord.Bench.Relay;

/// <summary>How many messages a second a server relays when it always has some to relay.</summary>
internal static class SaturationRun
{
    private static readonly TimeSpan DrainLimit = TimeSpan.FromSeconds(30);

    public static async Task<SaturationResult> RunAsync(IRelayServer server, RelayOptions options, CancellationToken cancellation)
    {
        var credentials = await server.RegisterAsync(2 * options.Pairs, cancellation);
        return await Task.Run(() => Measure(server, credentials, options, cancellation), cancellation);
    }

    /// <summary>Saturates <paramref name="pairs"/> for a while, and leaves nothing of it behind.</summary>
    public static void WarmUp(LoadLoop loop, Variant variant, IReadOnlyList<Pair> pairs, RelayOptions options, CancellationToken cancellation)
    {
        // Over many pairs the same total as at saturation: what is asked for is hot code, not a large backlog.
        var outstanding = Math.Max(1, options.Outstanding * options.Pairs / pairs.Count);
        var load = new SaturationLoad(variant, options.AcknowledgeEvery, outstanding, Math.Min(options.Burst, outstanding)) { Pairs = pairs };
        loop.Load = load;
        load.Start();
        loop.Run(TimeSpan.FromSeconds(options.WarmUp), cancellation);
        load.Stop();
        Drain(loop, load, cancellation);
    }

    /// <summary>Runs until all that was sent has arrived, and fails unless it has.</summary>
    public static RelayTotals Drain(LoadLoop loop, RelayLoad load, CancellationToken cancellation)
    {
        loop.Run(load.IsDrained, DrainLimit, cancellation);
        return load.Verify();
    }

    private static SaturationResult Measure(
        IRelayServer server, IReadOnlyList<DeviceCredential> credentials, RelayOptions options, CancellationToken cancellation)
    {
        using var loop = new LoadLoop();
        var pairs = DevicePairs.Open(loop, server, credentials, options, cancellation);
        var load = new SaturationLoad(server.Variant, options.AcknowledgeEvery, options.Outstanding, options.Burst) { Pairs = pairs };
        loop.Load = load;
        load.Start();
        loop.Run(TimeSpan.FromSeconds(options.WarmUp), cancellation);

        var before = Sample.Take(server, load);
        loop.Run(TimeSpan.FromSeconds(options.Seconds), cancellation);
        var after = Sample.Take(server, load);

        load.Stop();
        var totals = Drain(loop, load, cancellation);
        return after.Since(before, totals);
    }

    /// <summary>All clocks at one moment.</summary>
    private sealed record Sample(long At, long Received, TimeSpan Server, TimeSpan Core, TimeSpan Database, TimeSpan Redis, TimeSpan Generator)
    {
        public static Sample Take(IRelayServer server, RelayLoad load) =>
            new(Stopwatch.GetTimestamp(), load.Received, server.CpuTime,
                ProcFile.CoreBusyTime(CpuPinning.ServerCore), server.DatabaseCpuTime, server.RedisCpuTime, ProcFile.CpuTime(Environment.ProcessId));

        public SaturationResult Since(Sample before, RelayTotals totals)
        {
            var messages = Received - before.Received;
            if (messages == 0) throw new RunFailedException("nothing arrived while it was measured");
            var seconds = Stopwatch.GetElapsedTime(before.At, At).TotalSeconds;
            return new(
                messages / seconds,
                (Server - before.Server).TotalMicroseconds / messages,
                (Database - before.Database).TotalMicroseconds / messages,
                (Redis - before.Redis).TotalMicroseconds / messages,
                (Server - before.Server).TotalSeconds / seconds,
                Math.Max(0, (Core - before.Core - (Server - before.Server)).TotalSeconds / seconds),
                (Generator - before.Generator).TotalSeconds / seconds,
                totals.Repeated,
                totals.Dropped);
        }
    }
}
