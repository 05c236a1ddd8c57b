using System.Collections.Concurrent;
using System.Diagnostics;
using System.Reflection;
using Microsoft.AspNetCore.SignalR.Client;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using RooCoord.Application.Files;
using RooCoord.Contracts;
using RooCoord.Domain.Files;
using RooCoord.Testing;

namespace RooCoord.Api.Tests;

/// <summary>How long progress takes from the commit of a chunk to another device, with 100 uploads of one user at once.</summary>
[Category("Soak")]
[TestFixture(Engine.Sqlite)]
[TestFixture(Engine.Postgres)]
public sealed class UploadProgressSoak(Engine engine)
{
    private const int Uploads = 100;
    private const int Chunks = 8;
    private const int ChunkBytes = 1024 * 1024;

    [Test]
    public async Task Progress_IsAtTheOtherDeviceSoonAfterTheCommit()
    {
        var committed = new ConcurrentDictionary<(string, long), long>();
        var arrived = new ConcurrentDictionary<(string, long), long>();
        await using var server = await TestServer.StartAsync(engine, services =>
        {
            var store = services.Last(s => s.ServiceType == typeof(IUploadStore)).ImplementationType!;
            services.Replace(ServiceDescriptor.Singleton(provider => TimedStore.Over((IUploadStore)ActivatorUtilities.CreateInstance(provider, store), committed)));
        });
        await using var device = await server.ConnectAsync();
        device.Hub.On<UploadProgress>(nameof(IDeviceClient.UploadProgress), p => arrived.TryAdd((p.UploadId, p.ReceivedBytes), Stopwatch.GetTimestamp()));
        var chunk = new byte[ChunkBytes];
        var began = Stopwatch.GetTimestamp();
        await Task.WhenAll(Enumerable.Range(0, Uploads).Select(async _ =>
        {
            using var http = server.With(await server.UserTokenAsync());
            var upload = await http.BegunAsync((Chunks * ChunkBytes) + 1);
            for (var i = 0; i < Chunks; i++) Assert.That((await http.AppendedAsync(upload, (long)i * ChunkBytes, chunk)).Item1, Is.EqualTo(204));
        }));
        var seconds = Stopwatch.GetElapsedTime(began).TotalSeconds;
        await device.ListDevicesAsync(null);
        // One that waited for its 100 ms tells something newer than what was committed when it was due: only what was told is looked at.
        double[] milliseconds = [.. arrived.Where(a => committed.ContainsKey(a.Key)).Select(a => Stopwatch.GetElapsedTime(committed[a.Key], a.Value).TotalMilliseconds).Order()];
        await TestContext.Progress.WriteLineAsync(
            $"{engine}: {milliseconds.Length} of {committed.Count} commits told, {Uploads * Chunks / seconds:F0} MiB/s, p50 {At(milliseconds, 0.5):F1} ms, p99 {At(milliseconds, 0.99):F1} ms, max {milliseconds[^1]:F1} ms");
        Assert.That(milliseconds, Has.Length.GreaterThan(Uploads));
        Assert.That(At(milliseconds, 0.99), Is.LessThan(50));
    }

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
