using System.Diagnostics;
using System.Globalization;

namespace RooCoord.Bench.Machine;

/// <summary>One core for the server, another for everything else, so that neither's work is measured as the other's.</summary>
internal static class CpuPinning
{
    public const int ServerCore = 0;
    public const int LoadCore = 1;

    /// <summary>Moves all threads of <paramref name="processId"/> to <paramref name="cores"/> (as in <c>0-3,5</c>).</summary>
    public static async Task PinAsync(int processId, string cores, CancellationToken cancellation)
    {
        var start = new ProcessStartInfo("taskset") { RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (var argument in (string[])["-a", "-c", "-p", cores, processId.ToString(CultureInfo.InvariantCulture)]) start.ArgumentList.Add(argument);
        using var taskset = Process.Start(start) ?? throw new RunFailedException("taskset (util-linux) is needed");
        var error = await taskset.StandardError.ReadToEndAsync(cancellation);
        await taskset.WaitForExitAsync(cancellation);
        if (taskset.ExitCode != 0) throw new RunFailedException($"taskset: {error.Trim()}");
    }

    /// <summary>Where <paramref name="processId"/> may run now.</summary>
    public static string Allowed(int processId) =>
        ProcFile.StatusLine(processId, "Cpus_allowed_list") ?? throw new RunFailedException($"process {processId} is gone");
}
