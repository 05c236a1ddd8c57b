using System.Globalization;
using RooCoord.Bench.Load;
using RooCoord.Bench.Machine;
using RooCoord.Bench.Relay;
using RooCoord.Bench.Servers;

namespace RooCoord.Bench.Connections;

/// <summary><c>connections</c>: what devices cost that are idle, that come back all at once, that acknowledge nothing. Every run on a server of its own.</summary>
internal static class ConnectionsCommand
{
    private const int SmallBody = 256;

    public static async Task RunAsync(ConnectionsOptions options, CancellationToken cancellation)
    {
        if (!OperatingSystem.IsLinux()) throw new RunFailedException("it pins processes and reads /proc: Linux only");
        await CpuPinning.PinAsync(Environment.ProcessId, CpuPinning.LoadCore.ToString(CultureInfo.InvariantCulture), cancellation);
        ConnectionsReport.WriteHeader(options);
        if (!options.SkipIdle) ConnectionsReport.WriteIdle(await IdleAsync(options, cancellation));
        if (!options.SkipStorm) ConnectionsReport.WriteStorms(await StormsAsync(options, cancellation));
        if (!options.SkipBacklog) ConnectionsReport.WriteBacklogs(await BacklogsAsync(options, cancellation));
    }

    private static async Task<IReadOnlyList<(string Variant, IdleResult Idle)>> IdleAsync(ConnectionsOptions options, CancellationToken cancellation)
    {
        var results = new List<(string, IdleResult)>();
        foreach (var variant in (Variant[])[Variant.Bare, .. options.Engines])
        {
            await using ISingleServer server = variant.IsRooCoord
                ? await RooCoordServer.StartAsync(variant, options.Users, cancellation)
                : await BareHubServer.StartAsync(cancellation);
            results.Add((variant.Name, await IdleRun.RunAsync(server, options.Relay(), cancellation)));
        }

        return results;
    }

    private static async Task<IReadOnlyList<StormResult>> StormsAsync(ConnectionsOptions options, CancellationToken cancellation)
    {
        var results = new List<StormResult>();
        foreach (var engine in options.Engines)
        {
            await using var server = await RooCoordServer.StartAsync(engine, options.Users, cancellation);
            results.AddRange(await StormRun.RunAsync(server, options, cancellation));
        }

        return results;
    }

    private static async Task<IReadOnlyList<BacklogResult>> BacklogsAsync(ConnectionsOptions options, CancellationToken cancellation)
    {
        var results = new List<BacklogResult>();
        foreach (var engine in options.Engines)
        {
            var runs = new[] { (options.BacklogDevices, options.Body, options.Messages), (options.SmallDevices, SmallBody, options.SmallMessages) };
            foreach (var (devices, body, messages) in runs)
            {
                await using var server = await RooCoordServer.StartAsync(engine, options.Users, cancellation);
                results.Add(await BacklogRun.RunAsync(server, devices, body, messages, options, cancellation));
            }
        }

        return results;
    }
}
