using System.Globalization;

namespace RooCoord.Bench.Machine;

/// <summary>What Linux tells about a process.</summary>
internal static class ProcFile
{
    // USER_HZ: fixed at 100 in the kernel's interface on every architecture .NET runs on.
    private const int TicksPerSecond = 100;
    // user, nice, system, idle, iowait, irq, softirq, steal
    private const int CoreStates = 8, CoreIdle = 3, CoreWaiting = 4;
    private const int ParentField = 1, UserField = 11, SystemField = 12, ChildUserField = 13, ChildSystemField = 14;

    /// <summary>CPU time in user and kernel mode of all its threads, alive and ended.</summary>
    public static TimeSpan CpuTime(int processId) => Ticks(Stat(processId), UserField, SystemField);

    /// <summary>The same, and of its children, alive and ended.</summary>
    public static TimeSpan CpuTimeWithChildren(int processId)
    {
        var total = CpuTime(processId);
        foreach (var child in Children(processId))
        {
            try
            {
                total += CpuTime(child);
            }
            catch (RunFailedException)
            {
                // It has ended since: its time is in the parent's own account, read last.
            }
        }

        return total + Ticks(Stat(processId), ChildUserField, ChildSystemField);
    }

    /// <summary>Time that <paramref name="core"/> was busy for anybody since boot.</summary>
    public static TimeSpan CoreBusyTime(int core)
    {
        var line = Lines("/proc/stat").First(line => line.StartsWith($"cpu{core} ", StringComparison.Ordinal));
        var states = line.Split(' ').Skip(1).Take(CoreStates).Select(text => long.Parse(text, CultureInfo.InvariantCulture)).ToArray();
        return TimeSpan.FromSeconds((double)(states.Sum() - states[CoreIdle] - states[CoreWaiting]) / TicksPerSecond);
    }

    public static int Parent(int processId) => int.Parse(Stat(processId)[ParentField], CultureInfo.InvariantCulture);

    /// <summary>Its children now.</summary>
    public static IReadOnlyList<int> Children(int processId)
    {
        var children = new List<int>();
        foreach (var folder in Directory.EnumerateDirectories("/proc"))
        {
            if (!int.TryParse(Path.GetFileName(folder), CultureInfo.InvariantCulture, out var id)) continue;
            try
            {
                if (Parent(id) == processId) children.Add(id);
            }
            catch (RunFailedException)
            {
                // It ended while the folder was listed.
            }
        }

        return children;
    }

    /// <summary>Resident memory in KiB.</summary>
    public static long ResidentKibibytes(int processId) =>
        long.Parse((StatusLine(processId, "VmRSS") ?? throw new RunFailedException($"process {processId} is gone")).Split(' ')[0], CultureInfo.InvariantCulture);

    /// <summary>A line of <c>/proc/PID/status</c>, without its name.</summary>
    public static string? StatusLine(int processId, string name) =>
        Lines($"/proc/{processId}/status").FirstOrDefault(line => line.StartsWith(name + ":", StringComparison.Ordinal))?[(name.Length + 1)..].Trim();

    private static string[] Lines(string path)
    {
        try
        {
            return File.ReadAllLines(path);
        }
        catch (IOException gone)
        {
            throw new RunFailedException($"{path}: {gone.Message}", gone);
        }
    }

    // The name stands in parentheses and may hold anything: fields are counted after the last one.
    private static string[] Stat(int processId)
    {
        var line = Lines($"/proc/{processId}/stat")[0];
        return line[(line.LastIndexOf(')') + 2)..].Split(' ');
    }

    private static TimeSpan Ticks(string[] stat, int a, int b) =>
        TimeSpan.FromSeconds((double)(long.Parse(stat[a], CultureInfo.InvariantCulture) + long.Parse(stat[b], CultureInfo.InvariantCulture)) / TicksPerSecond);
}
