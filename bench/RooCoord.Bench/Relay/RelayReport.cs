using System.Runtime.InteropServices;
using System.Text.Json;
using RooCoord.Bench.Load;
using RooCoord.Bench.Machine;
using RooCoord.Bench.Servers;
using static RooCoord.Bench.MarkdownTable;

namespace RooCoord.Bench.Relay;

/// <summary>Prints the results as Markdown tables.</summary>
internal sealed class RelayReport(RelayOptions options)
{
    private static readonly JsonSerializerOptions Indented = new(JsonSerializerDefaults.Web) { WriteIndented = true };
    private static readonly string[] Columns =
    [
        "variant", "msg/s", "x bare", "x bare by CPU", "server µs/msg", "database µs/msg", "server core", "others on it", "generator core", "p50 ms", "p99 ms", "p99.9 ms",
        "KiB/idle device", "note",
    ];

    private readonly List<RoundResult> _results = [];

    public void WriteHeader()
    {
        Print(MachineDescription.Line);
        Print($"saturation: {options.Pairs} pairs, {options.Body} B bodies, {options.Outstanding} outstanding, bursts of {options.Burst}, acknowledged every {options.AcknowledgeEvery}, window {options.Window}, {options.WarmUp} s warm-up, {options.Seconds} s");
        Print($"latency: {options.Rate} msg/s over {options.Devices} devices, {options.Seconds} s; idle: {options.IdleDevices} devices");
        if (DataFolder.FileSystem == "tmpfs") Print("WARNING: the temporary folder is in memory, so a commit costs nothing: set TMPDIR to a disk");
    }

    public void Add(RoundResult result)
    {
        _results.Add(result);
        Print($"  round {result.Round}: {result.Variant} done");
    }

    public void WriteRound(int round)
    {
        Print($"\n### Round {round}\n");
        WriteColumns(Columns);
        foreach (var result in _results.Where(result => result.Round == round))
        {
            var (saturation, latency) = (result.Saturation, result.Latency);
            WriteRow(
                result.Variant, Text(saturation?.MessagesPerSecond, "N0"), Text(Ratio(result), "N2"), Text(CpuRatio(result), "N2"), Text(saturation?.ServerMicroseconds, "N1"),
                Text(saturation?.DatabaseMicroseconds, "N1"), Text(saturation?.ServerCore, "P0"), Text(saturation?.OthersOnServerCore, "P0"), Text(saturation?.GeneratorCore, "P0"),
                Text(latency?.P50, "N2"), Text(latency?.P99, "N2"), Text(latency?.P999, "N2"), Text(result.Idle?.KibibytesPerDevice, "N1"), saturation?.Note ?? "");
        }

        Print("");
    }

    public void WriteSummary()
    {
        Print("### Medians (min–max) of valid runs\n");
        WriteColumns([.. Columns.Where(column => column is not "note"), "valid"]);
        foreach (var variant in options.Variants)
        {
            var all = _results.Where(result => result.Variant == variant.Name).ToArray();
            var valid = all.Where(result => result.Saturation is { IsVoid: false }).ToArray();
            WriteRow(
                variant.Name, Text(valid.Select(r => r.Saturation?.MessagesPerSecond), "N0"), Text(valid.Select(Ratio), "N2"), Text(all.Select(CpuRatio), "N2"),
                Text(valid.Select(r => r.Saturation?.ServerMicroseconds), "N1"), Text(valid.Select(r => r.Saturation?.DatabaseMicroseconds), "N1"),
                Text(valid.Select(r => r.Saturation?.ServerCore), "P0"), Text(valid.Select(r => r.Saturation?.OthersOnServerCore), "P0"), Text(valid.Select(r => r.Saturation?.GeneratorCore), "P0"),
                Text(all.Select(r => r.Latency?.P50), "N2"), Text(all.Select(r => r.Latency?.P99), "N2"), Text(all.Select(r => r.Latency?.P999), "N2"),
                Text(all.Select(r => r.Idle?.KibibytesPerDevice), "N1"), $"{valid.Length} of {all.Count(r => r.Saturation is not null)}");
        }
    }

    public async Task SaveAsync(string path, CancellationToken cancellation)
    {
        await using var file = File.Create(path);
        var content = new { at = DateTimeOffset.UtcNow, processor = MachineDescription.Processor, runtime = RuntimeInformation.FrameworkDescription, options, results = _results };
        await JsonSerializer.SerializeAsync(file, content, Indented, cancellation);
    }

    // To the bare hub of the same round, and only where both servers were the limit.
    private double? Ratio(RoundResult result) =>
        BareHubOf(result.Round) is { IsVoid: false } bare && result.Saturation is { IsVoid: false } own ? own.MessagesPerSecond / bare.MessagesPerSecond : null;

    // The same from the CPU time a message: it counts in void runs too, for others on the machine take time but hardly work.
    private double? CpuRatio(RoundResult result) => BareHubOf(result.Round)?.ServerMicroseconds / result.Saturation?.ServerMicroseconds;

    private SaturationResult? BareHubOf(int round) =>
        _results.Find(other => other.Round == round && other.Variant == Variant.Bare.Name)?.Saturation;
}
