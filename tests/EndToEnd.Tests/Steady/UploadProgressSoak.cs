using System.Collections.Concurrent;
using System.Diagnostics;
using System.Reflection;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using RooCoord.Application.Files;
using RooCoord.Domain.Files;
using RooCoord.EndToEnd.Tests.Clients;
using RooCoord.Testing;

namespace RooCoord.EndToEnd.Tests.Steady;

/// <summary>How long progress takes from the commit of a chunk to another device, with 100 uploads of one user at once.</summary>
[Category("Soak")]
[TestFixture(Engine.Sqlite)]
[TestFixture(Engine.Postgres)]
public sealed class UploadProgressSoak(Engine engine)
{
    private const int Uploads = 100;
    private const int Chunks = 8;
    private const int ChunkBytes = 1024 * 1024;

    // 100 MiB/s, and as fast as they go: then the cores are never free, and the slowest hundredth waits for them.
    [TestCase(1000, 50), TestCase(0, 200)]
    public async Task Progress_IsAtTheOtherDeviceSoonAfterTheCommit(int everyMs, int milliseconds)
    {
        var committed = new ConcurrentDictionary<(string, long), long>();
        var arrived = new ConcurrentDictionary<(string, long), long>();
        await using var server = await TestServer.StartAsync(engine, services =>
        {
            var store = services.Last(s => s.ServiceType == typeof(IUploadStore)).ImplementationType!;
            services.Replace(ServiceDescriptor.Singleton(provider => TimedStore.Over((IUploadStore)ActivatorUtilities.CreateInstance(provider, store), committed)));
        });
        var registered = await server.RegisterAsync();
        var uploadToken = await server.UserTokenAsync();
        Task UploadAsync(int chunks, Action<Heard> onHeard) => NodeScript.RunAsync("upload-progress.mjs", new
        {
            Url = server.Url.GetLeftPart(UriPartial.Authority),
            Token = registered.Credential.AccessToken,
            UploadToken = uploadToken,
            Uploads,
            Chunks = chunks,
            ChunkBytes,
            EveryMs = everyMs,
        }, onHeard);
        // A server at work has its code compiled.
        await UploadAsync(2, _ => { });
        committed.Clear();
        await UploadAsync(Chunks, heard => arrived.TryAdd((heard.UploadId, heard.ReceivedBytes), heard.Nanoseconds));
        // Both clocks count the machine's monotonic time.
        var seconds = (committed.Values.Max() - committed.Values.Min()) / (double)Stopwatch.Frequency;
        var since = arrived.GroupBy(a => a.Key.Item1).SelectMany(upload => Waits([.. upload
            .Where(a => committed.ContainsKey(a.Key)).Select(a => (committed[a.Key] * 1e3 / Stopwatch.Frequency, a.Value / 1e6)).Order()])).ToArray();
        var (commit, due) = (since.Select(s => s.Commit).Order().ToArray(), since.Select(s => s.Due).Order().ToArray());
        await TestContext.Progress.WriteLineAsync(
            $"{engine}, {(everyMs > 0 ? $"a chunk each {everyMs} ms" : "as fast as they go")}: {due.Length} of {committed.Count} commits told, {Uploads * Chunks / seconds:F0} MiB/s; ms since the commit p50 {At(commit, 0.5):F1}, p99 {At(commit, 0.99):F1}; since it could be told p50 {At(due, 0.5):F1}, p99 {At(due, 0.99):F1}, max {due[^1]:F1}");
        Assert.That(due, Has.Length.GreaterThan(Uploads));
        Assert.That(At(due, 0.99), Is.LessThan(milliseconds));
    }

    // An upload is told of at most every 100 ms: what is committed sooner after what was told before is due only then.
    private static IEnumerable<(double Commit, double Due)> Waits(IReadOnlyList<(double Committed, double Arrived)> told)
    {
        var due = double.MinValue;
        foreach (var (committed, arrived) in told)
        {
            due = Math.Max(committed, due + 100);
            yield return (arrived - committed, arrived - due);
        }
    }

    private sealed record Heard(string UploadId, long ReceivedBytes, long Nanoseconds);

    private static double At(double[] sorted, double quantile) => sorted[(int)(quantile * (sorted.Length - 1))];
}

/// <summary>Notes when each commit of bytes was done.</summary>
public class TimedStore : DispatchProxy
{
    private IUploadStore _store = null!;
    private ConcurrentDictionary<(string, long), long> _committed = null!;

    internal static IUploadStore Over(IUploadStore store, ConcurrentDictionary<(string, long), long> committed)
    {
        var proxy = Create<IUploadStore, TimedStore>();
        ((TimedStore)(object)proxy)._store = store;
        ((TimedStore)(object)proxy)._committed = committed;
        return proxy;
    }

    protected override object? Invoke(MethodInfo? targetMethod, object?[]? args)
    {
        var result = targetMethod!.Invoke(_store, args);
        return targetMethod.Name == nameof(IUploadStore.AdvanceAsync) ? NoteAsync((Task)result!, (Upload)args![0]!, (long)args[1]!) : result;
    }

    private async Task NoteAsync(Task commit, Upload upload, long received)
    {
        await commit.ConfigureAwait(false);
        _committed[(upload.Id, received)] = Stopwatch.GetTimestamp();
    }
}
