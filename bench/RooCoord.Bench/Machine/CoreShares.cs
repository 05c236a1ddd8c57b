using System.Diagnostics;

namespace RooCoord.Bench.Machine;

/// <summary>Who used the two cores over a while, as parts of one core.</summary>
internal sealed record CoreShares(double Server, double OthersOnServerCore, double Generator)
{
    /// <summary>Starts a while that ends when the function is called.</summary>
    public static Func<CoreShares> Watch(Func<TimeSpan> serverCpuTime)
    {
        var (at, server, core, generator) = Now(serverCpuTime);
        return () =>
        {
            var end = Now(serverCpuTime);
            var time = Stopwatch.GetElapsedTime(at, end.At);
            var (used, busy) = (end.Server - server, end.Core - core);
            return new(used / time, Math.Max(0, (busy - used) / time), (end.Generator - generator) / time);
        };
    }

    private static (long At, TimeSpan Server, TimeSpan Core, TimeSpan Generator) Now(Func<TimeSpan> serverCpuTime) => (
        Stopwatch.GetTimestamp(), serverCpuTime(), ProcFile.CoreBusyTime(CpuPinning.ServerCore), ProcFile.CpuTime(Environment.ProcessId));
}
