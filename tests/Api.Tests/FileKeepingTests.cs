using System.Net;
using System.Text.Json.Nodes;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using RooCoord.Application.Files;
using RooCoord.Contracts;
using RooCoord.Domain;
using RooCoord.Domain.Files;
using RooCoord.Testing;

namespace RooCoord.Api.Tests;

/// <summary>What runs beside uploads: sweepers and the scrub, on a clock of the test's.</summary>
[TestFixture(Engine.Sqlite)]
[TestFixture(Engine.Postgres)]
[Parallelizable(ParallelScope.Self)]
public sealed class FileKeepingTests(Engine engine)
{
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);
    private readonly AwayScanner _scanner = new();
    private TestServer _server = null!;
    private HttpClient _http = null!;
    private int _users;

    [OneTimeSetUp]
    public async Task StartAsync()
    {
        _server = await TestServer.StartAsync(engine, new ManualTimeProvider(), services => services.Replace(ServiceDescriptor.Singleton<IFileScanner>(_scanner)),
            "--RooCoord:Files:UploadsExpireAfter=00:01:00", "--RooCoord:Files:SweepInterval=00:00:01", "--RooCoord:Files:OrphanInterval=00:00:02",
            "--RooCoord:Files:OrphansAfter=01:00:00", "--RooCoord:Files:ScrubInterval=00:01:00", "--RooCoord:Files:DeniedTypes=text/html", "--RooCoord:Metrics:Token=scrape");
    }

    [OneTimeTearDown]
    public async Task StopAsync()
    {
        if (_server is not null) await _server.DisposeAsync();
    }

    [SetUp]
    public async Task NewUserAsync() => _http = _server.With(await _server.UserTokenAsync($"user{++_users}"));

    [TearDown]
    public void LetGo() => _http.Dispose();

    [Test, Order(1)]
    public async Task AnUploadWithoutBytes_Expires_ItsDevicesHearOfIt_AndItsBlobGoes()
    {
        await using var device = await _server.ConnectAsync($"user{_users}");
        var seen = device.WatchUploads();
        var upload = await _http.BegunAsync(100, "slow");
        await _http.AppendedAsync(upload, 0, new byte[10]);
        Assert.That((await seen.NextAsync()).State, Is.EqualTo(UploadStates.Uploading));
        var kept = await _http.UploadedAsync([1, 2, 3], "kept");
        Assert.That((await seen.NextAsync()).State, Is.EqualTo(UploadStates.Completed));
        var blob = upload.Split('/')[^1];
        Assert.That(_server.Blobs().Select(Path.GetFileName), Does.Contain(blob).And.Contain(kept.Split('/')[^1]));
        await _server.UntilAsync(async () => await _http.LookAsync(upload) == HttpStatusCode.NotFound && await _http.LookAsync(kept) == HttpStatusCode.NotFound, Second, "both uploads are forgotten");
        var told = await seen.NextAsync();
        Assert.That((told.Filename, told.State, told.ReceivedBytes), Is.EqualTo(("slow", UploadStates.Cancelled, 10L)));
        await _server.UntilAsync(() => Task.FromResult(!_server.Blobs().Any(b => Path.GetFileName(b) == blob)), Second, "the blob is deleted");
        // A further round, in which the blob of the file would go as well.
        await _server.UntilAsync(() => Task.FromResult(true), Second, "");
        Assert.That(_server.Blobs().Select(Path.GetFileName), Does.Contain(kept.Split('/')[^1]), "the file has its blob");
    }

    [Test, Order(2)]
    public async Task ARefusedUpload_LosesItsBlobAtOnce()
    {
        var upload = await _http.BegunAsync(6);
        await _http.AppendedAsync(upload, 0, "<html>"u8.ToArray());
        await _server.UntilAsync(() => Task.FromResult(!_server.Blobs().Any(b => Path.GetFileName(b) == upload.Split('/')[^1])), Second, "the blob is deleted");
        Assert.That(await _http.LookAsync(upload), Is.EqualTo(HttpStatusCode.Gone));
    }

    [Test, Order(2)]
    public async Task ACreationThatCannotBeCompletedNow_LeavesNothing()
    {
        var final = $"final;{await _http.UploadedAsync([1, 2], concat: "partial")}";
        _scanner.IsAway = true;
        using (var refused = await _http.BeginAsync(-1, concat: final)) Assert.That((int)refused.StatusCode, Is.EqualTo(503));
        using (var refused = await _http.BeginAsync(0)) Assert.That((int)refused.StatusCode, Is.EqualTo(503));
        _scanner.IsAway = false;
        Assert.That(await _server.SqlAsync($"SELECT COUNT(*) FROM upload u JOIN user_account a ON a.user_key = u.user_key WHERE a.id = 'user{_users}' AND u.state = 0"), Is.EqualTo(new[] { "0" }));
        using var again = await _http.BeginAsync(-1, concat: final);
        Assert.That((int)again.StatusCode, Is.EqualTo(201));
    }

    [Test, Order(3)]
    public async Task AnUploadWhoseCompletionFailed_IsCompletedBySweeping()
    {
        await using var device = await _server.ConnectAsync($"user{_users}");
        var seen = device.WatchUploads();
        _scanner.IsAway = true;
        var upload = await _http.BegunAsync(3, "short");
        // As an end of the process between the last byte and what the upload becomes leaves it.
        await System.IO.File.WriteAllBytesAsync(_server.PathOf(upload), new byte[3]);
        await _server.SqlAsync($"UPDATE upload SET received = 3 WHERE id = '{upload.Split('/')[^1]}' RETURNING id");
        var asked = _scanner.Asked;
        await _server.UntilAsync(() => Task.FromResult(_scanner.Asked > asked), Second, "it is tried again");
        _scanner.IsAway = false;
        UploadProgress? told = null;
        await _server.UntilAsync(() => Task.FromResult(seen.TryRead(out told)), Second, "it is completed");
        Assert.That((told!.Filename, told.State, told.FileId is null), Is.EqualTo(("short", UploadStates.Completed, false)));
    }

    [Test, Order(4)]
    public async Task BlobsNothingNames_AreDeleted_OnceTheyAreOld()
    {
        var folder = Path.Combine(_server.Database.Folder, "blobs", "uploads");
        var (old, young) = (Path.Combine(folder, "orphanold"), Path.Combine(folder, "orphanyoung"));
        var named = await _http.UploadedAsync([1]);
        foreach (var path in new[] { old, young }) await System.IO.File.WriteAllTextAsync(path, "x");
        var now = _server.Clock!.GetUtcNow().UtcDateTime;
        foreach (var path in _server.Blobs().Append(old)) System.IO.File.SetLastWriteTimeUtc(path, now.AddHours(-2));
        System.IO.File.SetLastWriteTimeUtc(young, now.AddMinutes(30));
        await _server.UntilAsync(() => Task.FromResult(!System.IO.File.Exists(old)), Second, "the old one is deleted");
        Assert.That(System.IO.File.Exists(young), Is.True);
        Assert.That(_server.Blobs().Select(Path.GetFileName), Does.Contain(named.Split('/')[^1]));
        System.IO.File.Delete(young);
    }

    [Test, Order(5)]
    public async Task Damage_IsFoundAndReported_WithoutTakingTheNodeOut_UntilTheBytesAreBack()
    {
        var upload = await _http.UploadedAsync([.. Enumerable.Range(0, 200).Select(i => (byte)i)]);
        var path = _server.Blobs().Single(b => Path.GetFileName(b) == upload.Split('/')[^1]);
        var bytes = await System.IO.File.ReadAllBytesAsync(path);
        Assert.That(await HealthAsync(), Is.EqualTo((200, "ok", "ok")));
        bytes[100] ^= 1;
        await System.IO.File.WriteAllBytesAsync(path, bytes);
        await _server.UntilAsync(async () => await HealthAsync() == (200, "degraded", "degraded"), TimeSpan.FromSeconds(10), "the damage is found");
        using var scraper = _server.With("scrape");
        Assert.That(await scraper.GetStringAsync("/metrics"), Does.Match("roocoord_blobs_damaged 1\n").And.Match("roocoord_scrub_bytes_total [1-9]"));
        bytes[100] ^= 1;
        await System.IO.File.WriteAllBytesAsync(path, bytes);
        await _server.UntilAsync(async () => await HealthAsync() == (200, "ok", "ok"), TimeSpan.FromSeconds(10), "it is found whole");
        System.IO.File.Delete(path);
        await _server.UntilAsync(async () => await HealthAsync() == (200, "degraded", "degraded"), TimeSpan.FromSeconds(10), "the loss is found");
    }

    [Test, Order(6)]
    public async Task AMissingBlobFolder_IsNotReady()
    {
        var folder = Path.Combine(_server.Database.Folder, "blobs");
        Directory.Move(folder, folder + "-away");
        Assert.That((await ReadyAsync("blobs")).Item1, Is.EqualTo(503));
        Directory.Move(folder + "-away", folder);
        Assert.That(await ReadyAsync("blobs"), Is.EqualTo((200, "ok")));
    }

    [Test, Order(7)]
    public async Task Metrics_CountUploads()
    {
        using var scraper = _server.With("scrape");
        await _http.UploadedAsync([1, 2, 3]);
        Assert.That(await scraper.GetStringAsync("/metrics"), Does.Match("roocoord_upload_bytes_total [1-9]").And.Match("roocoord_uploads_completed_total [1-9]")
            .And.Match("roocoord_uploads_failed_total 1\n").And.Match("roocoord_blobs_deleted_total [1-9]").And.Contain("roocoord_uploads_open"));
    }

    private async Task<(int, string, string)> HealthAsync()
    {
        var (code, files) = await ReadyAsync("files");
        using var answer = await _server.Http.GetAsync("/health/ready");
        return (code, JsonNode.Parse(await answer.Content.ReadAsStringAsync())!["status"]!.GetValue<string>(), files);
    }

    private async Task<(int, string)> ReadyAsync(string check)
    {
        using var answer = await _server.Http.GetAsync("/health/ready");
        var checks = JsonNode.Parse(await answer.Content.ReadAsStringAsync())!["checks"]!.AsArray();
        return ((int)answer.StatusCode, checks.Single(c => c!["name"]!.GetValue<string>() == check)!["status"]!.GetValue<string>());
    }

    private sealed class AwayScanner : IFileScanner
    {
        private int _asked;

        public bool IsAway { get; set; }
        public int Asked => Volatile.Read(ref _asked);

        public Task<Fault?> ScanAsync(IReadOnlyList<FilePart> parts, CancellationToken cancellationToken)
        {
            Interlocked.Increment(ref _asked);
            return IsAway ? throw new Fault(FaultCode.Unavailable, "away") : Task.FromResult<Fault?>(null);
        }
    }
}
