using System.Diagnostics;
using RooCoord.Bench.Machine;

namespace RooCoord.Bench.Files;

/// <summary>What one run of transfers came to.</summary>
internal sealed record TransferResult(double MebibytesPerSecond, double CpuSecondsPerGibibyte, double ServerCore, double OthersOnServerCore, double GeneratorCore);

/// <summary>Some threads, each with its connection, transfer as fast as they can.</summary>
internal static class TransferRun
{
    private const double Mebibyte = 1 << 20;

    /// <summary>Each thread repeats what <paramref name="transfer"/> makes for it, which returns the bytes it moved.</summary>
    public static async Task<TransferResult> RunAsync(
        IFileServer server, int threads, Func<HttpConnection, Func<long>> transfer, TimeSpan warmUp, TimeSpan duration, CancellationToken cancellation)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        long moved = 0;
        var workers = Enumerable.Range(0, threads).Select(_ => Task.Factory.StartNew(
            () =>
            {
                using var http = new HttpConnection(server.Port);
                var once = transfer(http);
                while (!stop.IsCancellationRequested) Interlocked.Add(ref moved, once());
            },
            CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default)).ToArray();
        var failed = Task.WhenAny(workers);
        await PassAsync(warmUp, failed, cancellation);
        var (from, cpu, at) = (Interlocked.Read(ref moved), server.CpuTime, Stopwatch.GetTimestamp());
        var watch = CoreShares.Watch(() => server.CpuTime);
        await PassAsync(duration, failed, cancellation);
        var (bytes, used, seconds) = (Interlocked.Read(ref moved) - from, server.CpuTime - cpu, Stopwatch.GetElapsedTime(at).TotalSeconds);
        var shares = watch();
        await stop.CancelAsync();
        await Task.WhenAll(workers);
        return new(bytes / Mebibyte / seconds, used.TotalSeconds / (bytes / Mebibyte / 1024), used.TotalSeconds / seconds,
            Math.Max(0, shares.OthersOnServerCore + shares.Server - (used.TotalSeconds / seconds)), shares.Generator);
    }

    private static async Task PassAsync(TimeSpan time, Task<Task> failed, CancellationToken cancellation)
    {
        if (await Task.WhenAny(Task.Delay(time, cancellation), failed) == failed) await await failed;
        cancellation.ThrowIfCancellationRequested();
    }
}
