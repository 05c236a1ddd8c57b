using System.Globalization;
using RooCoord.Bench.Machine;
using RooCoord.Bench.Relay;
using RooCoord.Bench.Servers;

namespace RooCoord.Bench.Cluster;

/// <summary><c>cluster</c>: what it costs that sender and receiver are on different nodes. Every run on a cluster of its own.</summary>
internal static class ClusterCommand
{
    public static async Task RunAsync(ClusterOptions options, CancellationToken cancellation)
    {
        if (!OperatingSystem.IsLinux()) throw new RunFailedException("it pins processes and reads /proc: Linux only");
        await CpuPinning.PinAsync(Environment.ProcessId, CpuPinning.LoadCore.ToString(CultureInfo.InvariantCulture), cancellation);
        var report = new ClusterReport(options);
        report.WriteHeader();
        for (var round = 1; round <= options.Rounds; round++)
        {
            // The other one first each round: what drifts with time hits both.
            foreach (var placement in Turned([Placement.SameNode, Placement.CrossNode], round))
            {
                var saturation = options.SkipSaturation ? null : await OnClusterAsync(placement, ClusterOptions.Users, server => SaturationRun.RunAsync(server, options.Relay(), cancellation), cancellation);
                var latency = options.SkipLatency ? null : await OnClusterAsync(placement, ClusterOptions.Users, server => LatencyRun.RunAsync(server, options.Relay(), cancellation), cancellation);
                report.Add(new RoundResult(round, placement.Name) { Saturation = saturation, Latency = latency });
            }

            if (options.SkipFanOut) continue;
            foreach (var placement in Turned([Placement.OneNode, Placement.TwoNodes], round))
                report.Add(round, placement, await OnClusterAsync(placement, users: 1, server => FanOutRun.RunAsync(server, options, cancellation), cancellation));
        }

        report.WriteRounds();
        report.WriteSummary();
    }

    private static IEnumerable<Placement> Turned(Placement[] placements, int round) => round % 2 == 1 ? placements : placements.Reverse();

    private static async Task<T> OnClusterAsync<T>(Placement placement, int users, Func<IRelayServer, Task<T>> run, CancellationToken cancellation)
    {
        await using var cluster = await RooCoordCluster.StartAsync(placement, users, cancellation);
        return await run(cluster);
    }
}
