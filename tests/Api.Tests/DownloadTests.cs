using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using RooCoord.Api.Downloads;
using RooCoord.Testing;

namespace RooCoord.Api.Tests;

/// <summary>Downloads by RFC 9110.</summary>
[TestFixture(Engine.Sqlite)]
[TestFixture(Engine.Postgres)]
public sealed class DownloadTests(Engine engine) : EngineFixture(engine)
{
    private static readonly byte[] Bytes = RandomNumberGenerator.GetBytes(1_000_000);

    private async Task<(HttpClient Http, string Path)> UploadedAsync(byte[]? bytes = null, string name = "file.bin", string type = "application/octet-stream")
    {
        var http = Server.With(await Server.UserTokenAsync(NewUser()));
        return (http, $"/api/v1/files/{await http.UploadAsync(bytes ?? Bytes, name, type)}/content");
    }

    private static async Task<HttpResponseMessage> AskAsync(HttpClient http, string path, HttpMethod method, params (string Name, string Value)[] headers)
    {
        using var request = new HttpRequestMessage(method, path);
        foreach (var (name, value) in headers) request.Headers.TryAddWithoutValidation(name, value);
        return await http.SendAsync(request);
    }

    private static Task<HttpResponseMessage> GetAsync(HttpClient http, string path, params (string Name, string Value)[] headers) => AskAsync(http, path, HttpMethod.Get, headers);

    [Test]
    public async Task AFile_IsServedWhole_WithAllThatIsKnownOfIt()
    {
        var (http, path) = await UploadedAsync(name: "Bericht ä.bin");
        using (http)
        {
            using var answer = await GetAsync(http, path);
            Assert.That(answer.StatusCode, Is.EqualTo(HttpStatusCode.OK));
            Assert.That(await answer.Content.ReadAsByteArrayAsync(), Is.EqualTo(Bytes));
            using var head = await AskAsync(http, path, HttpMethod.Head, ("Range", "bytes=0-9"));
            Assert.That((head.StatusCode, (await head.Content.ReadAsByteArrayAsync()).Length), Is.EqualTo((HttpStatusCode.OK, 0)));
            foreach (var one in new[] { answer, head }) AssertDescribed(one);
        }
    }

    private static void AssertDescribed(HttpResponseMessage answer) => Assert.Multiple(() =>
    {
        var sha256 = SHA256.HashData(Bytes);
        Assert.That(answer.Content.Headers.ContentLength, Is.EqualTo(Bytes.Length));
        Assert.That(answer.Headers.ETag, Is.EqualTo(new EntityTagHeaderValue($"\"1-{Convert.ToHexStringLower(sha256)}\"")));
        Assert.That(answer.Content.Headers.LastModified, Is.Not.Null);
        Assert.That(answer.Headers.AcceptRanges, Is.EqualTo(new[] { "bytes" }));
        Assert.That(answer.Headers.GetValues("Repr-Digest"), Is.EqualTo(new[] { $"sha-256=:{Convert.ToBase64String(sha256)}:" }));
        Assert.That(answer.Headers.GetValues("X-Content-Type-Options"), Is.EqualTo(new[] { "nosniff" }));
        Assert.That(answer.Headers.GetValues("Content-Security-Policy"), Is.EqualTo(new[] { "sandbox" }));
        Assert.That(answer.Content.Headers.GetValues("Content-Disposition"), Is.EqualTo(new[] { "attachment; filename=\"Bericht _.bin\"; filename*=UTF-8''Bericht%20%C3%A4.bin" }));
        Assert.That(answer.Headers.CacheControl!.ToString(), Is.EqualTo("no-cache, private"));
    });

    [TestCase("bytes=0-0", 0, 1)]
    [TestCase("bytes=999990-", 999_990, 10)]
    [TestCase("bytes=-300000", 700_000, 300_000)]
    [TestCase("bytes=100-500099", 100, 500_000)]
    [TestCase("bytes=5-9,0-7", 0, 10)]
    public async Task OneRange_IsServedAlone(string range, int start, int length)
    {
        var (http, path) = await UploadedAsync();
        using (http)
        {
            using var answer = await GetAsync(http, path, ("Range", range));
            Assert.That(answer.StatusCode, Is.EqualTo(HttpStatusCode.PartialContent));
            Assert.That(answer.Content.Headers.ContentRange, Is.EqualTo(new ContentRangeHeaderValue(start, start + length - 1, Bytes.Length)));
            Assert.That(answer.Content.Headers.ContentLength, Is.EqualTo(length));
            Assert.That(await answer.Content.ReadAsByteArrayAsync(), Is.EqualTo(Bytes[start..(start + length)]));
        }
    }

    [Test]
    public async Task SeveralRanges_AreServedAsParts()
    {
        var (http, path) = await UploadedAsync();
        using (http)
        {
            using var answer = await GetAsync(http, path, ("Range", "bytes=900000-900009,0-299999,-1"));
            Assert.That(answer.StatusCode, Is.EqualTo(HttpStatusCode.PartialContent));
            Assert.That(answer.Content.Headers.ContentType!.MediaType, Is.EqualTo("multipart/byteranges"));
            var boundary = answer.Content.Headers.ContentType.Parameters.Single(p => p.Name == "boundary").Value;
            var body = await answer.Content.ReadAsByteArrayAsync();
            Assert.That(answer.Content.Headers.ContentLength, Is.EqualTo(body.Length));
            var expected = new List<byte>();
            foreach (var (start, last) in new[] { (900_000, 900_009), (0, 299_999), (999_999, 999_999) })
            {
                expected.AddRange(Encoding.ASCII.GetBytes(
                    $"{(expected.Count == 0 ? "" : "\r\n")}--{boundary}\r\nContent-Type: application/octet-stream\r\nContent-Range: bytes {start}-{last}/1000000\r\n\r\n"));
                expected.AddRange(Bytes[start..(last + 1)]);
            }
            expected.AddRange(Encoding.ASCII.GetBytes($"\r\n--{boundary}--\r\n"));
            Assert.That(body, Is.EqualTo(expected));
        }
    }

    [Test]
    public async Task RangesBeyondTheEnd_AreRefusedWithTheSize()
    {
        var (http, path) = await UploadedAsync();
        using (http)
        {
            using var answer = await GetAsync(http, path, ("Range", "bytes=1000000-"));
            Assert.That((answer.StatusCode, answer.Content.Headers.ContentRange), Is.EqualTo((HttpStatusCode.RequestedRangeNotSatisfiable, new ContentRangeHeaderValue(Bytes.Length))));
            Assert.That(await TestServer.CodeAsync(answer), Is.EqualTo("range"));
        }
    }

    [TestCase("items=0-9")]
    [TestCase("bytes=9-0")]
    [TestCase("bytes=nonsense")]
    public async Task ARangeNotUnderstood_IsIgnored(string range)
    {
        var (http, path) = await UploadedAsync();
        using (http)
        {
            using var answer = await GetAsync(http, path, ("Range", range));
            Assert.That((answer.StatusCode, (await answer.Content.ReadAsByteArrayAsync()).Length), Is.EqualTo((HttpStatusCode.OK, Bytes.Length)));
        }
    }

    [Test]
    public async Task ManyRanges_DoNotAmplify()
    {
        var (http, path) = await UploadedAsync();
        using (http)
        {
            // As many as the headers of a request have room for.
            var overlapping = $"bytes={string.Join(',', Enumerable.Repeat("0-", 10_000))}";
            var apart = $"bytes={string.Join(',', Enumerable.Range(0, 2_000).Select(i => $"{i * 9}-{(i * 9) + 1}"))}";
            using var first = await GetAsync(http, path, ("Range", overlapping));
            using var second = await GetAsync(http, path, ("Range", apart));
            Assert.That((first.StatusCode, first.Content.Headers.ContentLength), Is.EqualTo((HttpStatusCode.PartialContent, (long?)Bytes.Length)));
            Assert.That((second.StatusCode, second.Content.Headers.ContentLength), Is.EqualTo((HttpStatusCode.OK, (long?)Bytes.Length)));
        }
    }

    [Test]
    public async Task Preconditions_AreKeptTo()
    {
        var (http, path) = await UploadedAsync();
        using (http)
        {
            using var known = await AskAsync(http, path, HttpMethod.Head);
            var (etag, modified) = (known.Headers.ETag!.ToString(), known.Content.Headers.LastModified!.Value.ToString("R"));
            async Task<(HttpStatusCode, long)> StatusAsync(HttpMethod method, params (string, string)[] headers)
            {
                using var answer = await AskAsync(http, path, method, headers);
                return (answer.StatusCode, answer.StatusCode == HttpStatusCode.PreconditionFailed ? 0 : (await answer.Content.ReadAsByteArrayAsync()).Length);
            }
            Assert.That(await StatusAsync(HttpMethod.Get, ("If-None-Match", etag)), Is.EqualTo((HttpStatusCode.NotModified, 0L)));
            Assert.That(await StatusAsync(HttpMethod.Head, ("If-None-Match", $"W/{etag}")), Is.EqualTo((HttpStatusCode.NotModified, 0L)));
            Assert.That(await StatusAsync(HttpMethod.Get, ("If-Modified-Since", modified)), Is.EqualTo((HttpStatusCode.NotModified, 0L)));
            Assert.That(await StatusAsync(HttpMethod.Get, ("If-None-Match", "\"other\""), ("If-Modified-Since", modified)), Is.EqualTo((HttpStatusCode.OK, 1_000_000L)));
            Assert.That(await StatusAsync(HttpMethod.Get, ("If-Match", "\"other\"")), Is.EqualTo((HttpStatusCode.PreconditionFailed, 0L)));
            Assert.That(await StatusAsync(HttpMethod.Get, ("If-Unmodified-Since", "Sat, 01 Jan 2000 00:00:00 GMT")), Is.EqualTo((HttpStatusCode.PreconditionFailed, 0L)));
            Assert.That(await StatusAsync(HttpMethod.Get, ("If-Range", etag), ("Range", "bytes=10-19")), Is.EqualTo((HttpStatusCode.PartialContent, 10L)));
            Assert.That(await StatusAsync(HttpMethod.Get, ("If-Range", $"W/{etag}"), ("Range", "bytes=10-19")), Is.EqualTo((HttpStatusCode.OK, 1_000_000L)));
            Assert.That(await StatusAsync(HttpMethod.Get, ("If-Range", modified), ("Range", "bytes=10-19")), Is.EqualTo((HttpStatusCode.PartialContent, 10L)));
            var id = path.Split('/')[^2];
            await http.UploadAsync("again.bin", new string('x', 1_000_000), fileId: id);
            await Server.SqlAsync($"UPDATE file_version SET created_at = (SELECT MIN(created_at) FROM file_version) WHERE file_key = (SELECT file_key FROM file WHERE id = '{id}') RETURNING version");
            using var other = await AskAsync(http, path, HttpMethod.Head);
            Assert.That(await StatusAsync(HttpMethod.Get, ("If-Range", other.Content.Headers.LastModified!.Value.ToString("R")), ("Range", "bytes=10-19")),
                Is.EqualTo((HttpStatusCode.OK, 1_000_000L)), "two versions of one second");
        }
    }

    [Test]
    public async Task Versions_AreServedByNumber_AndTheCurrentOneWithout()
    {
        using var http = Server.With(await Server.UserTokenAsync(NewUser()));
        var id = await http.UploadAsync("one"u8.ToArray());
        await http.UploadAsync("second"u8.ToArray(), fileId: id);
        Assert.That(await http.GetStringAsync($"/api/v1/files/{id}/content?version=1"), Is.EqualTo("one"));
        Assert.That(await http.GetStringAsync($"/api/v1/files/{id}/content?version=2"), Is.EqualTo("second"));
        Assert.That(await http.GetStringAsync($"/api/v1/files/{id}/content"), Is.EqualTo("second"));
        foreach (var (version, code) in new[] { ("3", "not_found"), ("0", "not_found"), ("x", "invalid") })
        {
            using var answer = await http.GetAsync($"/api/v1/files/{id}/content?version={version}");
            Assert.That(await TestServer.CodeAsync(answer), Is.EqualTo(code), version);
        }
    }

    [Test]
    public async Task AFileOfSeveralBlobs_IsReadAcrossTheirBorders()
    {
        using var http = Server.With(await Server.UserTokenAsync(NewUser()));
        var parts = new List<string>();
        foreach (var part in new[] { Bytes[..400_000], [], Bytes[400_000..400_001], Bytes[400_001..] })
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, "/api/v1/uploads") { Headers = { { "Tus-Resumable", "1.0.0" }, { "Upload-Length", $"{part.Length}" }, { "Upload-Concat", "partial" } } };
            if (part.Length > 0) request.Content = new ByteArrayContent(part) { Headers = { ContentType = new("application/offset+octet-stream") } };
            using var created = await http.SendAsync(request);
            parts.Add(created.Headers.Location!.ToString());
        }
        using var final = new HttpRequestMessage(HttpMethod.Post, "/api/v1/uploads") { Headers = { { "Tus-Resumable", "1.0.0" }, { "Upload-Concat", $"final;{string.Join(' ', parts)}" } } };
        using var whole = await http.SendAsync(final);
        var path = $"{whole.Content.Headers.GetValues("Content-Location").Single()}/content";
        Assert.That(await http.GetByteArrayAsync(path), Is.EqualTo(Bytes));
        using var range = await GetAsync(http, path, ("Range", "bytes=399990-400009"));
        Assert.That(await range.Content.ReadAsByteArrayAsync(), Is.EqualTo(Bytes[399_990..400_010]));
    }

    [Test]
    public async Task AnEmptyFile_IsServed()
    {
        var (http, path) = await UploadedAsync([]);
        using (http)
        {
            using var answer = await GetAsync(http, path);
            Assert.That((answer.StatusCode, answer.Content.Headers.ContentLength), Is.EqualTo((HttpStatusCode.OK, (long?)0)));
            using var range = await GetAsync(http, path, ("Range", "bytes=0-"));
            Assert.That(range.StatusCode, Is.EqualTo(HttpStatusCode.RequestedRangeNotSatisfiable));
        }
    }

    [Test]
    public async Task AFileOfSomebodyElse_IsNotThere()
    {
        var (http, path) = await UploadedAsync();
        using (http)
        {
            using var other = Server.With(await Server.UserTokenAsync(NewUser()));
            using var answer = await GetAsync(other, path);
            Assert.That(await TestServer.CodeAsync(answer), Is.EqualTo("not_found"));
            using var anonymous = await Server.Http.GetAsync(path);
            Assert.That(await TestServer.CodeAsync(anonymous), Is.EqualTo("unauthorized"));
        }
    }

    [Test]
    public async Task OnlySafeTypes_AreShown()
    {
        foreach (var (bytes, name, expected) in new[] { ("<html><script>alert(1)</script>", "a.html", "attachment"), ("\x89PNG\r\n\x1a\n", "a.png", "inline") })
        {
            var (http, path) = await UploadedAsync(Encoding.Latin1.GetBytes(bytes), name);
            using var answer = await AskAsync(http, path, HttpMethod.Head);
            Assert.That(answer.Content.Headers.ContentDisposition!.DispositionType, Is.EqualTo(expected), name);
            http.Dispose();
        }
    }

    [Test]
    public async Task TheAudit_TellsOfEachDownload_AndNotOfEachRange()
    {
        var (http, path) = await UploadedAsync();
        using (http)
        {
            var id = path.Split('/')[4];
            foreach (var range in new[] { "bytes=500-", "bytes=600-", "bytes=0-99", "bytes=700-" }) (await GetAsync(http, path, ("Range", range))).Dispose();
            (await GetAsync(http, path)).Dispose();
            (await AskAsync(http, path, HttpMethod.Head)).Dispose();
            (await GetAsync(http, path, ("Range", "bytes=1000000-"))).Dispose();
            // The first range, the one from the beginning, and the whole.
            Assert.That(await Server.SqlAsync("SELECT action FROM file_audit WHERE file_id = @id AND version = 1 ORDER BY audit_key", new { id }),
                Is.EqualTo(new[] { "create", "download", "download", "download" }));
        }
    }

    [Test]
    public async Task ClientsThatLeave_LeaveNothingBehind()
    {
        if (!OperatingSystem.IsLinux()) Assert.Ignore("Open files are counted in /proc.");
        var token = await Server.UserTokenAsync(NewUser());
        using var http = Server.With(token);
        using var problems = new LoggedProblems();
        Server.Services.GetRequiredService<ILoggerFactory>().AddProvider(problems);
        // More than the buffers of both sockets hold.
        var id = await http.UploadAsync(RandomNumberGenerator.GetBytes(16 << 20));
        var blobs = Path.Combine(Server.Database.Folder, "blobs");
        for (var i = 0; i < 10; i++)
        {
            using var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { ReceiveBufferSize = 4096 };
            await socket.ConnectAsync(Server.Url.Host, Server.Url.Port);
            await socket.SendAsync(Encoding.ASCII.GetBytes($"GET /api/v1/files/{id}/content HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token}\r\n\r\n"));
            Assert.That(await socket.ReceiveAsync(new byte[1024]), Is.GreaterThan(0));
            Assert.That(OpenBlobs(blobs), Is.GreaterThan(0), "it is being read");
            socket.LingerState = new(enable: i % 2 == 0, seconds: 0);
        }
        Assert.That(() => OpenBlobs(blobs), Is.Zero.After(10_000, 20));
        Assert.That(problems.Lines.Where(l => l.Contains(typeof(ContentSender).Namespace!, StringComparison.Ordinal) || l.Contains("Kestrel", StringComparison.Ordinal)), Is.Empty);
    }

    [Test]
    public async Task AFileThatTheDiskLost_IsNeverTakenForWhole()
    {
        var (http, path) = await UploadedAsync();
        using (http)
        {
            var blob = (await Server.SqlAsync("SELECT p.blob_id FROM file_part p JOIN file f ON f.file_key = p.file_key WHERE f.id = @id", new { id = path.Split('/')[4] })).Single();
            var onDisk = Path.Combine(Server.Database.Folder, "blobs", "files", blob[^2..], blob);
            await using (var file = new FileStream(onDisk, FileMode.Open)) file.SetLength(600_000);
            Assert.That(async () => await http.GetByteArrayAsync(path), Throws.InstanceOf<HttpRequestException>());
            File.Delete(onDisk);
            using var gone = await GetAsync(http, path);
            Assert.That(await TestServer.CodeAsync(gone), Is.EqualTo("not_found"));
        }
    }

    private static int OpenBlobs(string folder) => Directory.EnumerateFileSystemEntries("/proc/self/fd").Count(link => Target(link)?.StartsWith(folder, StringComparison.Ordinal) == true);

    private static string? Target(string link)
    {
        try { return new FileInfo(link).LinkTarget; }
        catch (IOException) { return null; }
    }
}
