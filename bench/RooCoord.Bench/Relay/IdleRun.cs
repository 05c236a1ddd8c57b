using RooCoord.Bench.Load;
using RooCoord.Bench.Machine;
using RooCoord.Bench.Servers;

namespace RooCoord.Bench.Relay;

/// <summary>What a connected device that does nothing costs in memory.</summary>
internal static class IdleRun
{
    // Enough to have loaded and compiled what a connection needs, so that it is not counted as the devices' memory.
    private const int WarmUpDevices = 100;
    private const int WarmUpRate = 500;
    private static readonly TimeSpan WarmUpTime = TimeSpan.FromSeconds(4);
    private static readonly TimeSpan SettleLimit = TimeSpan.FromMinutes(2);

    public static async Task<IdleResult> RunAsync(ISingleServer server, RelayOptions options, CancellationToken cancellation)
    {
        var credentials = await server.RegisterAsync(WarmUpDevices + options.IdleDevices, cancellation);
        return await Task.Run(() => Measure(server, credentials, options, cancellation), cancellation);
    }

    private static IdleResult Measure(
        ISingleServer server, IReadOnlyList<DeviceCredential> credentials, RelayOptions options, CancellationToken cancellation)
    {
        using var loop = new LoadLoop();
        var pairs = DevicePairs.Open(loop, server, [.. credentials.Take(WarmUpDevices)], options, cancellation);
        WarmUp(loop, server.Variant, pairs, options, cancellation);

        var before = Settle(loop, server, cancellation);
        DevicePairs.Open(loop, server, [.. credentials.Skip(WarmUpDevices)], options, cancellation);
        var after = Settle(loop, server, cancellation);
        return new((double)(after - before) / options.IdleDevices, before, after);
    }

    // Slowly: what a saturated heap has grown by would be room that the idle devices then fill for nothing.
    private static void WarmUp(LoadLoop loop, Variant variant, IReadOnlyList<Pair> pairs, RelayOptions options, CancellationToken cancellation)
    {
        var load = new PacedLoad(variant, options.AcknowledgeEvery, WarmUpRate) { Pairs = pairs };
        loop.Load = load;
        load.Start(TimeSpan.Zero, WarmUpTime);
        loop.Run(load.IsOver, WarmUpTime * 10, cancellation);
        SaturationRun.Drain(loop, load, cancellation);
    }

    /// <summary>KiB. The loop goes on meanwhile: without pings the server would close the connections.</summary>
    public static long Settle(LoadLoop loop, ISingleServer server, CancellationToken cancellation, bool giveBack = false)
    {
        var settled = giveBack
            ? ResidentMemory.SettledAsync(server.ProcessId, cancellation, ResidentMemory.CollectionsToGiveBack)
            : ResidentMemory.SettledAsync(server.ProcessId, cancellation);
        if (!loop.Run(() => settled.IsCompleted, SettleLimit, cancellation)) throw new RunFailedException("the server's memory was not read in time");
        return settled.GetAwaiter().GetResult();
    }
}
