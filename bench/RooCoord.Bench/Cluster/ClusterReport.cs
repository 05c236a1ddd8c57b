using RooCoord.Bench.Machine;
using RooCoord.Bench.Relay;
using RooCoord.Bench.Servers;
using static RooCoord.Bench.MarkdownTable;

namespace RooCoord.Bench.Cluster;

/// <summary>Prints the results as Markdown tables, each beside what is asked for.</summary>
internal sealed class ClusterReport(ClusterOptions options)
{
    private const double CpuBar = 0.6;
    private const double LatencyBar = 3;

    private static readonly string[] MessageColumns =
    [
        "sender and receiver", "msg/node-CPU-s", "node µs/msg", "database µs/msg", "Redis µs/msg", "msg/s", "nodes' core", "others on it", "generator core", "p50 ms", "p99 ms",
        "nodes' core, paced", "repeated",
    ];

    private static readonly string[] FanOutColumns =
        ["devices on", "last told p50 ms", "p99 ms", "node µs/device told", "database µs/change", "Redis µs/change", "nodes' core", "others on it", "generator core"];

    private readonly List<RoundResult> _messages = [];
    private readonly List<(int Round, string Placement, FanOutResult Result)> _fanOuts = [];

    public void WriteHeader()
    {
        Print(MachineDescription.Line);
        Print($"two nodes on the servers' core, PostgreSQL and Redis on the load's; nodes tell each other by {(options.WithoutRedis ? "PostgreSQL's notifications" : "Redis")}");
        Print($"saturation: {options.Pairs} pairs, {options.Body} B bodies, {options.Outstanding} outstanding, {options.WarmUp} s warm-up, {options.Seconds} s; latency: {options.Rate} msg/s over {options.Devices} devices");
        Print($"fan-out: {options.Changes} changes told to {options.FanOutDevices} devices of one user, after as many");
        if (DataFolder.FileSystem == "tmpfs") Print("WARNING: the temporary folder is in memory, so a commit costs nothing: set TMPDIR to a disk");
    }

    /// <summary>Printed as they come: whoever stops a long run has what it found.</summary>
    public void Add(RoundResult result)
    {
        _messages.Add(result);
        if (_messages.Count == 1) WriteColumns(["round", .. MessageColumns]);
        WriteRow($"{result.Round}", result.Variant, [result]);
    }

    public void Add(int round, Placement placement, FanOutResult result)
    {
        _fanOuts.Add((round, placement.Name, result));
        if (_fanOuts.Count == 1) WriteColumns(["fan-out", .. FanOutColumns]);
        WriteRow($"{round}", placement.Name, [result]);
    }

    public void WriteSummary()
    {
        Print("\n### Medians (min–max)\n");
        WriteColumns(MessageColumns);
        foreach (var placement in _messages.GroupBy(result => result.Variant)) WriteRow(null, placement.Key, [.. placement]);
        WriteVerdicts();
        if (_fanOuts.Count == 0) return;
        Print("");
        WriteColumns(FanOutColumns);
        foreach (var placement in _fanOuts.GroupBy(fanOut => fanOut.Placement)) WriteRow(null, placement.Key, [.. placement.Select(fanOut => fanOut.Result)]);
        Print($"\nTwo nodes by one: {Text(FanOutRatios(result => result.NodeMicroseconds), "N2")} of the node CPU for a device told, {Text(FanOutRatios(result => result.P50), "N2")} of the time until the last one is told (both nodes on one core).");
    }

    private void WriteVerdicts()
    {
        var ratios = Rounds(static (same, cross) => same.Saturation?.ServerMicroseconds / cross.Saturation?.ServerMicroseconds);
        if (Spread.Of(ratios.OfType<double>()) is { } ratio)
            Print($"\nMessages a node-CPU-second, cross-node by same node of the same round: {Text(ratios, "N2")}, bar {CpuBar}: {Verdict(ratio.Median >= CpuBar)}");
        var added = Rounds(static (same, cross) => cross.Latency?.P50 - same.Latency?.P50);
        if (Spread.Of(added.OfType<double>()) is { } latency)
            Print($"\nAdded to the p50, ms: {Text(added, "N2")}, bar {LatencyBar}: {Verdict(latency.Median < LatencyBar)}");
    }

    // A figure of each round's two placements.
    private double?[] Rounds(Func<RoundResult, RoundResult, double?> figure) =>
        [.. _messages.Where(result => result.Variant == Placement.SameNode.Name).Join(
            _messages.Where(result => result.Variant == Placement.CrossNode.Name), same => same.Round, cross => cross.Round, figure)];

    private IEnumerable<double?> FanOutRatios(Func<FanOutResult, double> figure) =>
        _fanOuts.Where(fanOut => fanOut.Placement == Placement.OneNode.Name).Join(
            _fanOuts.Where(fanOut => fanOut.Placement == Placement.TwoNodes.Name), one => one.Round, two => two.Round, (one, two) => (double?)(figure(two.Result) / figure(one.Result)));

    private static void WriteRow(string? round, string placement, IReadOnlyList<RoundResult> results)
    {
        string Saturation(Func<SaturationResult, double> figure, string format) => Text(results.Select(r => r.Saturation is { } saturation ? figure(saturation) : (double?)null), format);
        string Latency(Func<LatencyResult, double> figure, string format) => Text(results.Select(r => r.Latency is { } latency ? figure(latency) : (double?)null), format);
        MarkdownTable.WriteRow(
        [
            .. round is null ? Array.Empty<string>() : [round],
            placement, Saturation(s => 1e6 / s.ServerMicroseconds, "N0"), Saturation(s => s.ServerMicroseconds, "N1"), Saturation(s => s.DatabaseMicroseconds, "N1"),
            Saturation(s => s.RedisMicroseconds, "N1"), Saturation(s => s.MessagesPerSecond, "N0"), Saturation(s => s.ServerCore, "P0"), Saturation(s => s.OthersOnServerCore, "P0"),
            Saturation(s => s.GeneratorCore, "P0"), Latency(l => l.P50, "N2"), Latency(l => l.P99, "N2"), Latency(l => l.ServerCore, "P0"), Saturation(s => s.Repeated, "N0"),
        ]);
    }

    private static void WriteRow(string? round, string placement, IReadOnlyList<FanOutResult> results)
    {
        string Figure(Func<FanOutResult, double> figure, string format) => Text(results.Select(r => (double?)figure(r)), format);
        MarkdownTable.WriteRow(
        [
            .. round is null ? Array.Empty<string>() : [round],
            placement, Figure(f => f.P50, "N2"), Figure(f => f.P99, "N2"), Figure(f => f.NodeMicroseconds, "N2"), Figure(f => f.DatabaseMicroseconds, "N0"), Figure(f => f.RedisMicroseconds, "N0"),
            Figure(f => f.Cores.Server, "P0"), Figure(f => f.Cores.OthersOnServerCore, "P0"), Figure(f => f.Cores.Generator, "P0"),
        ]);
    }

    private static string Verdict(bool met) => met ? "pass" : "**missed**";
}
