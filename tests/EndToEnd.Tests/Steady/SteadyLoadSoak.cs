using System.Diagnostics;
using System.Globalization;
using RooCoord.EndToEnd.Tests.Processes;
using RooCoord.Testing;

namespace RooCoord.EndToEnd.Tests.Steady;

/// <summary>
/// An hour of steady load: once retention holds, the embedded database grows no more. <c>ROOCOORD_SOAK_MINUTES</c>,
/// <c>ROOCOORD_SOAK_RATE</c> (messages a second) and <c>ROOCOORD_SOAK_GROWTH</c> (percent in the second half) change it,
/// <c>RooCoord__…</c> the server, which has the environment of the tests.
/// </summary>
[Category("Soak")]
[CancelAfter(3 * Deadline.SoakMilliseconds)]
internal sealed class SteadyLoadSoak
{
    private const int Pairs = 5;
    // Ids are kept until their age, about 450 bytes each: an hour shows that the file stays bounded only with less than the usual 7 days.
    private static readonly (string Name, string Value)[] Retention =
        [("RooCoord__Retention__Messages", "20000"), ("RooCoord__Retention__Age", "00:10:00"), ("RooCoord__Retention__Interval", "00:00:10")];
    private static readonly TimeSpan SampleEach = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan RefreshEach = TimeSpan.FromMinutes(25);

    // Without the soak command the shortest that has two halves.
    private static readonly int Minutes = Number("ROOCOORD_SOAK_MINUTES", Environment.GetEnvironmentVariable("ROOCOORD_SOAK") is null ? 2 : 60);
    private static readonly int Rate = Number("ROOCOORD_SOAK_RATE", 500);
    private static readonly int Growth = Number("ROOCOORD_SOAK_GROWTH", 10);

    [Test]
    public async Task TheDatabase_StopsGrowing()
    {
        foreach (var (name, value) in Retention)
            if (Environment.GetEnvironmentVariable(name) is null) Environment.SetEnvironmentVariable(name, value);
        await using var server = await ServerProcess.StartAsync(Engine.Sqlite);
        var pairs = new List<SteadyPair>();
        for (var i = 0; i < Pairs; i++) pairs.Add(await SteadyPair.ConnectAsync(server, i));
        try
        {
            using var stop = new CancellationTokenSource();
            var running = Task.WhenAll(pairs.Select(p => p.RunAsync(TimeSpan.FromSeconds((double)Pairs / Rate), stop.Token)));
            var sizes = await SampleAsync(server, pairs, running);
            await stop.CancelAsync();
            await running;

            var (middle, end) = (sizes[(sizes.Count - 1) / 2], sizes[^1]);
            Assert.That(end, Is.LessThanOrEqualTo(middle + middle * Growth / 100), "bytes at the end against the middle");
        }
        finally
        {
            foreach (var pair in pairs) await pair.DisposeAsync();
        }
    }

    private static async Task<List<long>> SampleAsync(ServerProcess server, List<SteadyPair> pairs, Task running)
    {
        var sizes = new List<long>();
        var (started, refreshed) = (Stopwatch.GetTimestamp(), Stopwatch.GetTimestamp());
        using var timer = new PeriodicTimer(SampleEach);
        while (sizes.Count < Minutes)
        {
            var tick = timer.WaitForNextTickAsync(Deadline.Token).AsTask();
            // It does not end before it is told to.
            if (await Task.WhenAny(running, tick) == running) await running;
            await tick;
            sizes.Add(await PrintAsync(server, Stopwatch.GetElapsedTime(started), pairs.Sum(p => p.Confirmed)));
            if (Stopwatch.GetElapsedTime(refreshed) < RefreshEach) continue;
            refreshed = Stopwatch.GetTimestamp();
            foreach (var pair in pairs) await pair.RefreshTokensAsync();
        }
        return sizes;
    }

    private static async Task<long> PrintAsync(ServerProcess server, TimeSpan elapsed, int confirmed)
    {
        var (database, log) = (Size(server, "roocoord.db"), Size(server, "roocoord.db-wal"));
        using var process = Process.GetProcessById(server.Process.Id);
        await TestContext.Progress.WriteLineAsync(string.Create(CultureInfo.InvariantCulture,
            $"{elapsed.TotalMinutes,6:F1} min {confirmed,9} messages ({confirmed / elapsed.TotalSeconds:F0}/s)  database {database,12:N0}  log {log,12:N0}  memory {process.WorkingSet64,14:N0}"));
        return database + log;
    }

    private static long Size(ServerProcess server, string file)
    {
        var info = new FileInfo(Path.Combine(server.Folder, file));
        return info.Exists ? info.Length : 0;
    }

    private static int Number(string variable, int otherwise) =>
        int.TryParse(Environment.GetEnvironmentVariable(variable), NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : otherwise;
}
