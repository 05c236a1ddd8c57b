using System.Net;
using Dapper;
using Microsoft.Data.Sqlite;
using Npgsql;
using RooCoord.Contracts;
using RooCoord.Testing;

namespace RooCoord.Api.Tests;

/// <summary>Files are published only once a real clamd has nothing against them.</summary>
[TestFixture(Engine.Sqlite)]
[TestFixture(Engine.Postgres)]
[Parallelizable(ParallelScope.Self)]
public sealed class ScanTests(Engine engine)
{
    private readonly ClamdProcess _clamd = new();
    private TestServer _server = null!;
    private HttpClient _http = null!;
    private int _users;

    [OneTimeSetUp]
    public async Task StartAsync()
    {
        await _clamd.StartAsync();
        _server = await TestServer.StartAsync(engine, clock: null, $"--RooCoord:Scan:Address={_clamd.Address}", "--RooCoord:Scan:TimeoutSeconds=20", $"--RooCoord:Scan:MaxBytes={2 * ClamdProcess.MaxBytes}");
    }

    [OneTimeTearDown]
    public async Task StopAsync()
    {
        if (_server is not null) await _server.DisposeAsync();
        await _clamd.DisposeAsync();
    }

    [SetUp]
    public async Task NewUserAsync() => _http = _server.With(await _server.UserTokenAsync($"user{++_users}"));

    [TearDown]
    public void LetGo() => _http.Dispose();

    [Test]
    public async Task AFoundFile_IsRefused_ToldOf_Audited_AndNeverAFile()
    {
        await using var device = await _server.ConnectAsync($"user{_users}");
        var seen = device.WatchUploads();
        // Anywhere in the file, and over the border of two chunks.
        byte[] bytes = [.. new byte[300_000], .. ClamdProcess.Eicar, .. new byte[300_000]];
        var upload = await _http.BegunAsync(bytes.Length, "game.bin");
        Assert.That((await _http.AppendedAsync(upload, 0, bytes.AsMemory(0, 300_030))).Item1, Is.EqualTo(204));
        using (var last = await _http.AppendAsync(upload, 300_030, bytes.AsMemory(300_030)))
        {
            Assert.That((int)last.StatusCode, Is.EqualTo(415));
            Assert.That(await last.Content.ReadAsStringAsync(), Does.Contain("\"unsupported_type\"").And.Contain("Eicar-Test"));
            Assert.That(last.Content.Headers.Contains("Content-Location"), Is.False);
        }
        Assert.That(await _http.LookAsync(upload), Is.EqualTo(HttpStatusCode.Gone));
        Assert.That((await seen.NextAsync()).State, Is.EqualTo(UploadStates.Uploading));
        Assert.That((await seen.NextAsync()).State, Is.EqualTo(UploadStates.Failed));
        Assert.That(await CountAsync($"SELECT COUNT(*) FROM file_audit WHERE actor = 'user{_users}' AND action = 'refuse' AND detail LIKE '%Eicar-Test%'"), Is.EqualTo(1));
        Assert.That(await CountAsync($"SELECT COUNT(*) FROM file f JOIN user_account u ON u.user_key = f.user_key WHERE u.id = 'user{_users}'"), Is.EqualTo(0));
    }

    [Test]
    public async Task AFileMadeOfParts_IsScannedAsAWhole()
    {
        var eicar = ClamdProcess.Eicar;
        var parts = new[] { await _http.UploadedAsync(eicar[..30], concat: "partial"), await _http.UploadedAsync(eicar[30..], concat: "partial") };
        using var final = await _http.BeginAsync(-1, concat: $"final;{string.Join(' ', parts)}");
        Assert.That(((int)final.StatusCode, await TestServer.CodeAsync(final)), Is.EqualTo((415, "unsupported_type")));
    }

    [Test]
    public async Task ACleanFile_IsTaken_AndAnEmptyOne()
    {
        var upload = await _http.BegunAsync(600_000);
        using var last = await _http.AppendAsync(upload, 0, new byte[600_000]);
        Assert.That(last.Content.Headers.Contains("Content-Location"), Is.True);
        using var empty = await _http.BeginAsync(0);
        Assert.That((int)empty.StatusCode, Is.EqualTo(201));
    }

    [TestCase(ClamdProcess.MaxBytes + 1, TestName = "ALargerFileThanClamdTakes_IsRefused")]
    [TestCase((2 * ClamdProcess.MaxBytes) + 1, TestName = "ALargerFileThanMayBeScanned_IsRefused")]
    public async Task TooLarge(int length)
    {
        var upload = await _http.BegunAsync(length);
        Assert.That(await _http.AppendedAsync(upload, 0, new byte[length]), Is.EqualTo((413, "too_large")));
        Assert.That(await _http.LookAsync(upload), Is.EqualTo(HttpStatusCode.Gone));
    }

    [Test]
    public async Task WithClamdAway_NothingIsPublished_AndTheSameChunkAgainCompletesOnceItIsBack()
    {
        var upload = await _http.BegunAsync(1_000);
        await _http.AppendedAsync(upload, 0, new byte[400]);
        await _clamd.StopAsync();
        try
        {
            Assert.That(await _http.AppendedAsync(upload, 400, new byte[600]), Is.EqualTo((503, "unavailable")));
            Assert.That(await CountAsync($"SELECT COUNT(*) FROM file f JOIN user_account u ON u.user_key = f.user_key WHERE u.id = 'user{_users}'"), Is.EqualTo(0));
            Assert.That(await _http.AppendedAsync(upload, 400, new byte[600]), Is.EqualTo((503, "unavailable")));
        }
        finally
        {
            await _clamd.StartAsync();
        }
        using var last = await _http.AppendAsync(upload, 400, new byte[600]);
        Assert.That(((int)last.StatusCode, last.Content.Headers.Contains("Content-Location")), Is.EqualTo((204, true)));
    }

    private async Task<long> CountAsync(string sql)
    {
        await using System.Data.Common.DbConnection connection = engine == Engine.Sqlite
            ? new SqliteConnection($"Data Source={Path.Combine(_server.Database.Folder, "roocoord.db")};Pooling=False") : new NpgsqlConnection(_server.Database.Setting);
        return await connection.ExecuteScalarAsync<long>(sql);
    }
}
