using System.Diagnostics;
using RooCoord.Bench.Load;
using RooCoord.Bench.Servers;

namespace RooCoord.Bench.Connections;

/// <summary>Lets a server finish what it has to do, while its connections are kept.</summary>
internal static class ServerCalm
{
    private const double Idle = 0.1;
    private static readonly TimeSpan Slice = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(2);

    /// <summary>Ends once the server leaves its core alone; says how long that took.</summary>
    public static TimeSpan Wait(LoadLoop loop, IRelayServer server, CancellationToken cancellation)
    {
        var start = Stopwatch.GetTimestamp();
        while (Stopwatch.GetElapsedTime(start) < Limit)
        {
            var (at, cpu) = (Stopwatch.GetElapsedTime(start), server.CpuTime);
            loop.Run(Slice, cancellation);
            if (server.CpuTime - cpu < Slice * Idle) return at;
        }

        throw new RunFailedException($"the server was still busy after {Limit.TotalMinutes} minutes");
    }
}
