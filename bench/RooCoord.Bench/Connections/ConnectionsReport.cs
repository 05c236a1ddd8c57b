using RooCoord.Bench.Machine;
using RooCoord.Bench.Relay;
using static RooCoord.Bench.MarkdownTable;

namespace RooCoord.Bench.Connections;

/// <summary>Prints the results as Markdown tables, each beside what is asked for.</summary>
internal static class ConnectionsReport
{
    private const double IdleBar = 60;
    private const double StormBar = 20;
    // The window and the quarter that may wait behind it, in bytes of envelopes, and half a KiB for what each entry is beside them.
    private const double BacklogBar = 1.25 * (1024 + (256 * 0.5));
    private const double GrowthBar = 0.1;

    public static void WriteHeader(ConnectionsOptions options)
    {
        Print(MachineDescription.Line);
        Print($"{options.Devices} devices of {options.Users} users; window {options.Window}");
    }

    public static void WriteIdle(IReadOnlyList<(string Variant, IdleResult Idle)> results)
    {
        Print($"\n### Idle (bar: below {IdleBar} KiB)\n");
        WriteColumns("variant", "KiB/idle device", "server MiB before", "after", "");
        foreach (var (variant, idle) in results)
        {
            var verdict = variant == "bare" ? "" : Verdict(idle.KibibytesPerDevice < IdleBar);
            WriteRow(variant, Text(idle.KibibytesPerDevice, "N1"), Text(idle.KibibytesBefore / 1024.0, "N0"), Text(idle.KibibytesAfter / 1024.0, "N0"), verdict);
        }
    }

    public static void WriteStorms(IReadOnlyList<StormResult> results)
    {
        Print($"\n### Reconnect storm (bar: the last one served within {StormBar} s, no errors)\n");
        WriteColumns(
            "engine", "after", "last s", "p50 s", "p99 s", "errors", "sessions continued", "all asked for by s", "busy for another s", "presence pushed", "server core", "others on it",
            "generator core", "");
        foreach (var storm in results)
        {
            var last = storm.Times[^1].TotalSeconds;
            WriteRow(
                storm.Engine, storm.Killed ? "kill -9" : "cut", Text(last, "N2"), Seconds(storm, 0.5), Seconds(storm, 0.99), Text(storm.Errors, "N0"), Text(storm.Continued, "N0"),
                Text(storm.Asked.TotalSeconds, "N2"), Text(storm.Calm.TotalSeconds, "N1"), Text(storm.Presence, "N0"),
                Text(storm.Cores.Server, "P0"), Text(storm.Cores.OthersOnServerCore, "P0"), Text(storm.Cores.Generator, "P0"), Verdict(last <= StormBar && storm.Errors == 0));
        }

        foreach (var storm in results.Where(storm => storm.Errors > 0)) Print($"\nfirst error ({storm.Engine}): {storm.FirstError}");
    }

    public static void WriteBacklogs(IReadOnlyList<BacklogResult> results)
    {
        Print($"\n### Backlog (bar: at most {BacklogBar:N0} KiB of objects a device, at most {GrowthBar:P0} more after as many again, and as much left)\n");
        WriteColumns(
            "engine", "devices", "body B", "messages each", "sent to each", "KiB of objects/device", "after as many again", "after disconnecting",
            "resident KiB/device", "after as many again", "after disconnecting", "server MiB before", "sent again", "msg/s", "server core",
            "others on it", "generator core", "");
        foreach (var backlog in results)
        {
            var kept = backlog.Kept.Objects;
            var bounded = Math.Max(kept, backlog.KeptAfterMore.Objects) <= BacklogBar && backlog.KeptAfterMore.Objects <= kept * (1 + GrowthBar) && backlog.Left.Objects <= kept * GrowthBar;
            WriteRow(
                backlog.Engine, Text(backlog.Devices, "N0"), Text(backlog.Body, "N0"), $"{backlog.Messages:N0} + {backlog.Messages:N0}", $"{backlog.LeastReceived}–{backlog.MostReceived}",
                Text(kept, "N0"), Text(backlog.KeptAfterMore.Objects, "N0"), Text(backlog.Left.Objects, "N0"),
                Text(backlog.Kept.Resident, "N0"), Text(backlog.KeptAfterMore.Resident, "N0"), Text(backlog.Left.Resident, "N0"), Text(backlog.BaseMebibytes, "N0"), Text(backlog.Repeated, "N0"),
                Text(backlog.MessagesPerSecond, "N0"), Text(backlog.Cores.Server, "P0"), Text(backlog.Cores.OthersOnServerCore, "P0"), Text(backlog.Cores.Generator, "P0"), Verdict(bounded));
        }
    }

    private static string Seconds(StormResult storm, double part) => Text(LatencyRun.Percentile(storm.Times, part) / 1000, "N2");

    private static string Verdict(bool met) => met ? "pass" : "**missed**";
}
