using System.Globalization;
using RooCoord.Bench.Load;
using RooCoord.Bench.Machine;
using RooCoord.Bench.Servers;

namespace RooCoord.Bench.Relay;

/// <summary><c>relay</c>: the variants in turn, every run on a server of its own, round after round.</summary>
internal static class RelayCommand
{
    public static async Task RunAsync(RelayOptions options, CancellationToken cancellation)
    {
        if (!OperatingSystem.IsLinux()) throw new RunFailedException("it pins processes and reads /proc: Linux only");
        if (options.Variants.Any(variant => variant.OnPostgres) && string.IsNullOrEmpty(Environment.GetEnvironmentVariable(PostgresDatabase.Variable)))
            throw new RunFailedException($"--postgres needs {PostgresDatabase.Variable}");
        await CpuPinning.PinAsync(Environment.ProcessId, CpuPinning.LoadCore.ToString(CultureInfo.InvariantCulture), cancellation);
        var report = new RelayReport(options);
        report.WriteHeader();
        for (var round = 1; round <= options.Rounds; round++)
        {
            // Another one first each round: what drifts with time hits all of them.
            var variants = options.Variants;
            for (var i = 0; i < variants.Count; i++)
            {
                var variant = variants[(i + round - 1) % variants.Count];
                report.Add(await MeasureAsync(round, variant, options, cancellation));
            }

            report.WriteRound(round);
        }

        report.WriteSummary();
        if (options.Json is { } path) await report.SaveAsync(path, cancellation);
    }

    private static async Task<RoundResult> MeasureAsync(int round, Variant variant, RelayOptions options, CancellationToken cancellation) =>
        new(round, variant.Name)
        {
            Saturation = options.SkipSaturation ? null : await OnServerAsync(variant, options, SaturationRun.RunAsync, cancellation),
            Latency = options.SkipLatency ? null : await OnServerAsync(variant, options, LatencyRun.RunAsync, cancellation),
            Idle = options.SkipIdle ? null : await OnServerAsync(variant, options, IdleRun.RunAsync, cancellation),
        };

    private static async Task<T> OnServerAsync<T>(
        Variant variant, RelayOptions options, Func<ISingleServer, RelayOptions, CancellationToken, Task<T>> run, CancellationToken cancellation)
    {
        await using ISingleServer server = variant.IsRooCoord
            ? await RooCoordServer.StartAsync(variant, options.Users, cancellation)
            : await BareHubServer.StartAsync(cancellation);
        return await run(server, options, cancellation);
    }
}
