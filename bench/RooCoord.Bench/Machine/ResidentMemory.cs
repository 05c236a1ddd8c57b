using System.Diagnostics;

namespace RooCoord.Bench.Machine;

/// <summary>The resident memory of a server that has nothing to do.</summary>
internal static class ResidentMemory
{
    private const double Tolerance = 0.003;

    // The first finds the finalizers, the second what they let go, the third lets the heap shrink to it.
    private const int Collections = 3;

    /// <summary>Enough for the runtime to give back to the system what it freed: it keeps a free region for 20 collections.</summary>
    public const int CollectionsToGiveBack = 25;
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan Calm = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);

    /// <summary>KiB, once the process is calm, its garbage collected, and the figure has kept still for 2 s again.</summary>
    public static async Task<long> SettledAsync(int processId, CancellationToken cancellation, int collections = Collections)
    {
        await CalmAsync(processId, cancellation);
        for (var i = 0; i < collections; i++) await InducedCollection.InduceAsync(processId, cancellation);
        return await CalmAsync(processId, cancellation);
    }

    private static async Task<long> CalmAsync(int processId, CancellationToken cancellation)
    {
        var started = Stopwatch.GetTimestamp();
        var samples = new Queue<long>();
        while (true)
        {
            samples.Enqueue(ProcFile.ResidentKibibytes(processId));
            if (samples.Count > Calm / Interval)
            {
                var isCalm = samples.Max() - samples.Min() <= samples.Max() * Tolerance;
                if (isCalm || Stopwatch.GetElapsedTime(started) > Limit) return samples.Last();
                samples.Dequeue();
            }

            await Task.Delay(Interval, cancellation);
        }
    }
}
