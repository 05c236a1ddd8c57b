using Microsoft.Extensions.DependencyInjection;
using System.Diagnostics.Metrics;
using RooCoord.Application.Files;
using RooCoord.Contracts;
using RooCoord.Domain.Files;
using RooCoord.Testing;

namespace RooCoord.Application.Tests;

// What one test leaves waiting must not be told to the next.
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class UploadProgressTrackerTests
{
    private readonly ManualTimeProvider _clock = new();
    private readonly Told _told = new();
    private ServiceProvider _services = null!;
    private UploadProgressTracker _tracker = null!;

    [SetUp]
    public void Begin()
    {
        _services = new ServiceCollection().AddMetrics().BuildServiceProvider();
        _told.Clear();
        _tracker = new(_told, new FileMeter(_services.GetRequiredService<IMeterFactory>()), _clock);
    }

    [TearDown]
    public void End() => _services.Dispose();

    private static Upload At(long received, string id = "u", long? length = 1_000) =>
        new() { Id = id, BlobId = id, Received = received, Length = length, CreatedAt = DateTimeOffset.UnixEpoch, ExpiresAt = DateTimeOffset.MaxValue };

    private void Commit(long received, string id = "u", long? length = 1_000) => _tracker.Committed(1, At(received, id, length), 1);

    private void Pass(int milliseconds) => _clock.Advance(TimeSpan.FromMilliseconds(milliseconds));

    [Test]
    public void TheFirstBytes_AreToldAtOnce_TheNextAfter100Ms_AndThenTheNewest()
    {
        Commit(10);
        Assert.That(_told.Received, Is.EqualTo(new[] { 10L }));
        Pass(40);
        Commit(20);
        Commit(30);
        Pass(59);
        Assert.That(_told.Received, Is.EqualTo(new[] { 10L }));
        Pass(1);
        Assert.That(_told.Received, Is.EqualTo(new[] { 10L, 30 }));
        Pass(1_000);
        Assert.That(_told.Received, Has.Count.EqualTo(2), "nothing new came");
        Commit(40);
        Assert.That(_told.Received, Is.EqualTo(new[] { 10L, 30, 40 }), "long after the last, at once");
    }

    [Test]
    public void ManyCommits_AreToldAtMostEvery100Ms()
    {
        for (var i = 1; i <= 1_000; i++)
        {
            Commit(i);
            Pass(1);
        }
        Assert.That(_told.Received, Has.Count.InRange(10, 11));
        Assert.That(_told.Received, Is.Ordered);
    }

    [TestCase(UploadStates.Completed), TestCase(UploadStates.Failed), TestCase(UploadStates.Cancelled)]
    public void TheEnd_IsToldAtOnce_AndNothingAfterIt(string state)
    {
        Commit(10);
        Commit(20);
        _tracker.Ended(1, At(1_000), "f", state);
        Assert.That(_told.All[^1], Is.Not.Null.And.Property(nameof(UploadProgress.State)).EqualTo(state).And.Property(nameof(UploadProgress.FileId)).EqualTo("f"));
        Pass(500);
        Assert.That(_told.Received, Is.EqualTo(new[] { 10L, 1_000 }), "what waited is not told any more");
    }

    [Test]
    public void AnUploadThatEndsWithItsFirstChunk_IsToldOnce()
    {
        _tracker.Ended(1, At(5, length: 5), "f", UploadStates.Completed);
        Assert.That((_told.Received, _told.All[0].BytesPerSecond, _told.All[0].EtaSeconds), Is.EqualTo((new[] { 5L }, 0L, (double?)null)));
    }

    [Test]
    public void UploadsAndUsers_AreKeptApart()
    {
        Commit(1, "a");
        Commit(2, "b");
        Assert.That(_told.Received, Is.EqualTo(new[] { 1L, 2 }), "each has its own 100 ms");
        Assert.That(_told.Users, Is.EqualTo(new[] { 1L, 1 }));
    }

    [Test]
    public void SpeedAndRemainingTime_AreOfTheLastSeconds()
    {
        Commit(0);
        for (var i = 1; i <= 4; i++)
        {
            Pass(500);
            Commit(100 * i);
        }
        var last = _told.All[^1];
        Assert.That((last.BytesPerSecond, last.EtaSeconds), Is.EqualTo((200L, (double?)3)));
        Commit(500, "deferred", null);
        Assert.That((_told.All[^1].TotalBytes, _told.All[^1].EtaSeconds), Is.EqualTo(((long?)null, (double?)null)));
    }

    [Test]
    public void ASilentUpload_IsForgotten_AndBeginsAnewWhenItGoesOn()
    {
        Commit(10);
        Pass(10);
        Commit(20, "young");
        Pass(30);
        _tracker.Forget(TimeSpan.FromMilliseconds(35));
        Commit(30);
        Commit(40, "young");
        Assert.That(_told.Received, Is.EqualTo(new[] { 10L, 20, 30 }), "the forgotten one tells at once, the other waits");
    }

    private sealed class Told : IFileNotifier
    {
        public List<UploadProgress> All { get; } = [];
        public List<long> Users { get; } = [];
        public List<long> Received => [.. All.Select(p => p.ReceivedBytes)];

        public void Clear()
        {
            All.Clear();
            Users.Clear();
        }

        public void UploadProgress(long userKey, UploadProgress progress)
        {
            Users.Add(userKey);
            All.Add(progress);
        }

        public void FileChanged(IReadOnlyList<long> userKeys, FileChanged change) { }
    }
}
