using System.Globalization;
using RooCoord.Bench.Machine;
using RooCoord.Bench.Relay;
using RooCoord.Bench.Servers;

namespace RooCoord.Bench.Cluster;

/// <summary><c>cluster</c>: what it costs that sender and receiver are on different nodes. Every placement on a cluster of its own.</summary>
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
                if (options.SkipSaturation && options.SkipLatency) continue;
                await using var cluster = await RooCoordCluster.StartAsync(placement, ClusterOptions.Users, !options.WithoutRedis, cancellation);
                report.Add(new RoundResult(round, placement.Name)
                {
                    Saturation = options.SkipSaturation ? null : await SaturationRun.RunAsync(cluster, options.Relay(), cancellation),
                    Latency = options.SkipLatency ? null : await LatencyRun.RunAsync(cluster, options.Relay(), cancellation),
                });
            }

            if (options.SkipFanOut) continue;
            foreach (var placement in Turned([Placement.OneNode, Placement.TwoNodes], round))
            {
                await using var cluster = await RooCoordCluster.StartAsync(placement, users: 1, !options.WithoutRedis, cancellation);
                report.Add(round, placement, await FanOutRun.RunAsync(cluster, options, cancellation));
            }
        }

        report.WriteSummary();
    }

    private static IEnumerable<Placement> Turned(Placement[] placements, int round) => round % 2 == 1 ? placements : placements.Reverse();
}
