using System.Net;
using System.Security.Cryptography;
using RooCoord.Testing;
using static RooCoord.Api.Tests.TusCalls;

namespace RooCoord.Api.Tests;

/// <summary>Statuses and headers of tus 1.0.0 (https://tus.io/protocols/resumable-upload).</summary>
[TestFixture(Engine.Sqlite)]
[TestFixture(Engine.Postgres)]
internal sealed class TusProtocolTests(Engine engine) : EngineFixture(engine)
{
    private const string Extensions = "creation,creation-with-upload,creation-defer-length,expiration,checksum,termination,concatenation";
    private static readonly byte[] Ten = "0123456789"u8.ToArray();

    private async Task<HttpClient> UserAsync() => Server.With(await Server.UserTokenAsync(NewUser()));

    private static string Base64(byte[] bytes) => Convert.ToBase64String(bytes);

    [Test]
    public async Task EveryAnswer_SaysTheVersion()
    {
        using var http = await UserAsync();
        using var anonymous = new HttpClient { BaseAddress = Server.Url };
        var upload = await http.CreatedAsync(Create(10));
        (HttpClient By, HttpRequestMessage Request, int Status)[] calls =
        [
            (http, With(HttpMethod.Head, upload), 200),
            (http, With(HttpMethod.Get, upload), 405),
            (http, With(HttpMethod.Head, Uploads + "/unknown"), 404),
            (http, With(HttpMethod.Patch, upload), 415),
            (http, With(HttpMethod.Post, Uploads), 400),
            (http, Chunk(upload, 3, Ten), 409),
            (http, new(HttpMethod.Options, Uploads), 204),
            (anonymous, With(HttpMethod.Head, upload), 401),
            (http, With(HttpMethod.Delete, upload), 204),
        ];
        foreach (var (by, request, status) in calls)
        {
            using var answer = await by.SendAsync(request);
            Assert.That(((int)answer.StatusCode, answer.Header("Tus-Resumable")), Is.EqualTo((status, "1.0.0")), $"{request.Method} {request.RequestUri}");
        }
    }

    [TestCase(null)]
    [TestCase("0.2.2")]
    public async Task AnotherVersion_IsToldTheRightOne_AndNothingHappens(string? version)
    {
        using var http = await UserAsync();
        var upload = await http.CreatedAsync(Create(10));
        foreach (var request in new[] { Create(10), Chunk(upload, 0, Ten), With(HttpMethod.Head, upload), With(HttpMethod.Delete, upload) })
        {
            request.Headers.Remove("Tus-Resumable");
            if (version is not null) request.Headers.Add("Tus-Resumable", version);
            using var answer = await http.SendAsync(request);
            Assert.That((answer.StatusCode, answer.Header("Tus-Version")), Is.EqualTo((HttpStatusCode.PreconditionFailed, "1.0.0")), request.Method.Method);
        }
        Assert.That(await http.OffsetAsync(upload), Is.Zero);
    }

    [TestCase(Uploads)]
    [TestCase(Uploads + "/any")]
    public async Task Options_WithoutVersionOrToken_TellWhatThereIs(string path)
    {
        using var request = new HttpRequestMessage(HttpMethod.Options, path);
        using var answer = await Server.Http.SendAsync(request);
        Assert.That((answer.StatusCode, answer.Header("Tus-Version"), answer.Header("Tus-Extension"), answer.Header("Tus-Checksum-Algorithm"), answer.Header("Tus-Max-Size")),
            Is.EqualTo((HttpStatusCode.NoContent, "1.0.0", Extensions, "sha1,sha256", $"{5L << 30}")));
    }

    [TestCase("PATCH", "authorization,tus-resumable,upload-offset,content-type,upload-checksum,x-request-id")]
    [TestCase("HEAD", "authorization,tus-resumable")]
    [TestCase("DELETE", "authorization,tus-resumable")]
    [TestCase("POST", "authorization,tus-resumable,upload-length,upload-metadata,upload-concat,upload-defer-length,x-http-method-override")]
    public async Task AnotherOrigin_MayAskAnythingOfTus(string method, string headers)
    {
        using var request = new HttpRequestMessage(HttpMethod.Options, Uploads + "/any");
        request.Headers.Add("Origin", "https://app.example");
        request.Headers.Add("Access-Control-Request-Method", method);
        request.Headers.Add("Access-Control-Request-Headers", headers);
        using var answer = await Server.Http.SendAsync(request);
        Assert.That((answer.StatusCode, answer.Header("Access-Control-Allow-Origin"), answer.Header("Access-Control-Allow-Methods")),
            Is.EqualTo((HttpStatusCode.NoContent, "*", method)));
        Assert.That(answer.Header("Access-Control-Allow-Headers")!.ToLowerInvariant().Split(','), Is.SupersetOf(headers.Split(',')));
    }

    [Test]
    public async Task AnotherOrigin_MayReadEveryHeader_AlsoOfARefusal()
    {
        using var http = await UserAsync();
        http.DefaultRequestHeaders.Add("Origin", "https://app.example");
        using var created = await http.SendAsync(Create(10));
        using var refused = await http.SendAsync(Chunk(created.Headers.Location!.ToString(), 3, Ten));
        Assert.That(refused.StatusCode, Is.EqualTo(HttpStatusCode.Conflict));
        foreach (var answer in new[] { created, refused })
        {
            Assert.That(answer.Header("Access-Control-Allow-Origin"), Is.EqualTo("*"));
            Assert.That(answer.Header("Access-Control-Expose-Headers")!.Split(','), Is.SupersetOf(new[]
            {
                "Location", "Content-Location", "Tus-Resumable", "Tus-Version", "Tus-Extension", "Tus-Max-Size", "Tus-Checksum-Algorithm",
                "Upload-Offset", "Upload-Length", "Upload-Defer-Length", "Upload-Metadata", "Upload-Expires", "Upload-Concat",
            }));
        }
    }

    [Test]
    public async Task AMethodInAHeader_StandsInForTheActualOne()
    {
        using var http = await UserAsync();
        var upload = await http.CreatedAsync(Create(10));
        var patch = Chunk(upload, 0, Ten.AsMemory(0, 4), ("X-HTTP-Method-Override", "PATCH"));
        patch.Method = HttpMethod.Post;
        using var patched = await http.SendAsync(patch);
        using var head = await http.SendAsync(With(HttpMethod.Get, upload, ("X-HTTP-Method-Override", "HEAD")));
        using var deleted = await http.SendAsync(With(HttpMethod.Post, upload, ("X-HTTP-Method-Override", "DELETE")));
        Assert.That(((int)patched.StatusCode, (int)head.StatusCode, head.Offset(), (int)deleted.StatusCode), Is.EqualTo((204, 200, 4L, 204)));
    }

    [Test]
    public async Task Head_TellsAllThatIsKnown()
    {
        using var http = await UserAsync();
        var upload = await http.CreatedAsync(Create(10, "Télé.txt", ("Upload-Concat", "partial")));
        using var head = await http.SendAsync(With(HttpMethod.Head, upload));
        Assert.That((head.Offset(), head.Header("Upload-Length"), head.Header("Upload-Metadata"), head.Header("Upload-Concat"), head.Header("Cache-Control")),
            Is.EqualTo((0L, "10", $"filename {Base64("Télé.txt"u8.ToArray())}", "partial", "no-store")));
        Assert.That(DateTimeOffset.ParseExact(head.Header("Upload-Expires")!, "R", null), Is.GreaterThan(DateTimeOffset.UtcNow));
    }

    [TestCase("Upload-Length", "-1")]
    [TestCase("Upload-Length", "ten")]
    [TestCase("Upload-Length", "99999999999999999999")]
    [TestCase("Upload-Defer-Length", "2")]
    [TestCase("Upload-Concat", "whole")]
    [TestCase("Upload-Concat", "final;")]
    [TestCase("Upload-Concat", "final;/elsewhere/1")]
    [TestCase("Upload-Metadata", "filename not*base64")]
    [TestCase("Upload-Metadata", "filename YQ==,filename Yg==")]
    [TestCase("Upload-Metadata", "filename gA==")]
    [TestCase("Upload-Metadata", "filename YQ== YQ==")]
    public async Task Creation_WithABadHeader_IsInvalid(string name, string value)
    {
        using var http = await UserAsync();
        var request = With(HttpMethod.Post, Uploads, (name, value));
        if (name == "Upload-Metadata") request.Headers.Add("Upload-Length", "10");
        Assert.That(await http.RefusalAsync(request), Is.EqualTo((400, "invalid")));
    }

    [TestCase(null, 400)]
    [TestCase("-1", 400)]
    [TestCase("one", 400)]
    [TestCase("11", 409)]
    public async Task Chunk_AtABadOffset_IsRefused(string? offset, int status)
    {
        using var http = await UserAsync();
        var upload = await http.CreatedAsync(Create(10));
        var request = offset is null ? With(HttpMethod.Patch, upload) : With(HttpMethod.Patch, upload, ("Upload-Offset", offset));
        Assert.That((await http.RefusalAsync(request.Bringing(Ten))).Status, Is.EqualTo(status));
        Assert.That(await http.OffsetAsync(upload), Is.Zero);
    }

    [Test]
    public async Task Chunk_OfAnotherType_IsUnsupported()
    {
        using var http = await UserAsync();
        var upload = await http.CreatedAsync(Create(10));
        var request = With(HttpMethod.Patch, upload, ("Upload-Offset", "0")).Bringing(Ten, "application/json");
        Assert.That(await http.RefusalAsync(request), Is.EqualTo((415, "unsupported_type")));
        Assert.That(await http.RefusalAsync(Create(10).Bringing(Ten, "application/json")), Is.EqualTo((415, "unsupported_type")));
        Assert.That(await http.RefusalAsync(With(HttpMethod.Patch, upload, ("Upload-Offset", "0")).Bringing(default, "text/plain")), Is.EqualTo((415, "unsupported_type")));
    }

    [Test]
    public async Task ARefusal_TellsAlsoWhenTheUploadExpires()
    {
        using var http = await UserAsync();
        var upload = await http.CreatedAsync(Create(10));
        using var known = await http.SendAsync(With(HttpMethod.Head, upload));
        using var conflict = await http.SendAsync(Chunk(upload, 3, Ten));
        using var broken = await http.SendAsync(Chunk(upload, 0, Ten, ("Upload-Checksum", "sha1 AAAAAAAAAAAAAAAAAAAAAAAAAAA=")));
        Assert.That(((int)conflict.StatusCode, (int)broken.StatusCode), Is.EqualTo((409, 460)));
        Assert.That((conflict.Header("Upload-Expires"), broken.Header("Upload-Expires")), Is.EqualTo((known.Header("Upload-Expires"), known.Header("Upload-Expires"))).And.Not.EqualTo(((string?)null, (string?)null)));
        using var created = await http.SendAsync(Create(10, "file.bin", ("Upload-Checksum", "sha1 AAAAAAAAAAAAAAAAAAAAAAAAAAA=")).Bringing(Ten));
        Assert.That(((int)created.StatusCode, created.Header("Upload-Expires")), Is.EqualTo((460, created.Header("Upload-Expires"))).And.Not.EqualTo((460, (string?)null)));
    }

    [Test]
    public async Task MoreThanTheLength_IsRefused_AndLeavesTheOffset([Values] bool announced)
    {
        using var http = await UserAsync();
        var upload = await http.CreatedAsync(Create(10));
        var request = Chunk(upload, 0, new byte[11]);
        if (!announced) request.Headers.TransferEncodingChunked = true;
        Assert.That(await http.RefusalAsync(request), Is.EqualTo((413, "too_large")));
        Assert.That(await http.OffsetAsync(upload), Is.Zero);
        Assert.That(await http.RefusalAsync(Create(10).Bringing(new byte[11])), Is.EqualTo((413, "too_large")));
    }

    [Test]
    public async Task AFinishedUpload_TakesAnEmptyChunk_AndNothingElse()
    {
        using var http = await UserAsync();
        var upload = await http.CreatedAsync(Create(10));
        using var last = await http.SendAsync(Chunk(upload, 0, Ten));
        using var empty = await http.SendAsync(Chunk(upload, 10, default));
        Assert.That((last.StatusCode, empty.StatusCode, empty.Offset()), Is.EqualTo((HttpStatusCode.NoContent, HttpStatusCode.NoContent, 10L)));
        Assert.That(empty.Header("Content-Location"), Is.EqualTo(last.Header("Content-Location")).And.StartsWith("/api/v1/files/"));
        Assert.That(last.Header("Upload-Expires"), Is.Null);
        Assert.That(await http.RefusalAsync(Chunk(upload, 10, Ten)), Is.EqualTo((413, "too_large")));
        Assert.That(await http.RefusalAsync(Chunk(upload, 4, Ten)), Is.EqualTo((409, "conflict")));
    }

    [Test]
    public async Task Checksums_AreHeld()
    {
        using var http = await UserAsync();
        var upload = await http.CreatedAsync(Create(10));
        var wrong = Base64(SHA1.HashData("something else"u8));
        foreach (var checksum in new[] { "", "md5 " + Base64(MD5.HashData(Ten)), "sha1", "sha1 AAAA", "sha256 " + wrong, "sha1 ****" })
            Assert.That(await http.RefusalAsync(Chunk(upload, 0, Ten, ("Upload-Checksum", checksum))), Is.EqualTo((400, "invalid")), checksum);
        Assert.That(await http.RefusalAsync(Chunk(upload, 0, Ten, ("Upload-Checksum", $"sha1 {wrong}"))), Is.EqualTo((460, "checksum_mismatch")));
        Assert.That(await http.OffsetAsync(upload), Is.Zero);
        using var first = await http.SendAsync(Chunk(upload, 0, Ten.AsMemory(0, 5), ("Upload-Checksum", $"sha1 {Base64(SHA1.HashData(Ten.AsSpan(0, 5)))}")));
        using var second = await http.SendAsync(Chunk(upload, 5, Ten.AsMemory(5), ("Upload-Checksum", $"sha256 {Base64(SHA256.HashData(Ten.AsSpan(5)))}")));
        Assert.That((first.Offset(), second.Offset()), Is.EqualTo((5L, 10L)));
        Assert.That(Server.BytesOf(upload), Is.EqualTo(Ten));
    }

    [Test]
    public async Task ADeferredLength_IsToldLater_Once()
    {
        using var http = await UserAsync();
        var upload = await http.CreatedAsync(With(HttpMethod.Post, Uploads, ("Upload-Defer-Length", "1")));
        using var some = await http.SendAsync(Chunk(upload, 0, Ten.AsMemory(0, 4)));
        using var head = await http.SendAsync(With(HttpMethod.Head, upload));
        Assert.That((head.Offset(), head.Header("Upload-Defer-Length"), head.Header("Upload-Length")), Is.EqualTo((4L, "1", (string?)null)));
        Assert.That(await http.RefusalAsync(Chunk(upload, 4, default, ("Upload-Length", "3"))), Is.EqualTo((400, "invalid")));
        using var told = await http.SendAsync(Chunk(upload, 4, Ten.AsMemory(4, 2), ("Upload-Length", "10")));
        Assert.That(told.Offset(), Is.EqualTo(6));
        Assert.That(await http.RefusalAsync(Chunk(upload, 6, default, ("Upload-Length", "11"))), Is.EqualTo((409, "conflict")));
        using var last = await http.SendAsync(Chunk(upload, 6, Ten.AsMemory(6)));
        Assert.That(last.Header("Content-Location"), Is.Not.Null);
    }

    [Test]
    public async Task ALengthToldAtTheEnd_CompletesTheUpload()
    {
        using var http = await UserAsync();
        var upload = await http.CreatedAsync(With(HttpMethod.Post, Uploads, ("Upload-Defer-Length", "1")));
        using var all = await http.SendAsync(Chunk(upload, 0, Ten));
        using var told = await http.SendAsync(Chunk(upload, 10, default, ("Upload-Length", "10")));
        Assert.That((all.Header("Content-Location"), told.StatusCode), Is.EqualTo(((string?)null, HttpStatusCode.NoContent)));
        Assert.That(told.Header("Content-Location"), Is.Not.Null);
    }

    [Test]
    public async Task ACreationThatBringsBytes_SaysHowManyItTook([Values(0, 4, 10)] int count)
    {
        using var http = await UserAsync();
        using var created = await http.SendAsync(Create(10).Bringing(Ten.AsMemory(0, count)));
        Assert.That((created.StatusCode, created.Offset(), created.Header("Content-Location") is not null), Is.EqualTo((HttpStatusCode.Created, (long)count, count == 10)));
        Assert.That(await http.OffsetAsync(created.Headers.Location!.ToString()), Is.EqualTo(count));
    }

    [Test]
    public async Task ACreationWhoseBytesAreRefused_StillSaysWhereTheUploadIs()
    {
        using var http = await UserAsync();
        var request = Create(10).Bringing(Ten);
        request.Headers.Add("Upload-Checksum", $"sha1 {Base64(SHA1.HashData("else"u8))}");
        using var created = await http.SendAsync(request);
        Assert.That((int)created.StatusCode, Is.EqualTo(460));
        Assert.That(await http.OffsetAsync(created.Headers.Location!.ToString()), Is.Zero);
    }

    [Test]
    public async Task AnEmptyFile_IsWholeAtOnce()
    {
        using var http = await UserAsync();
        using var created = await http.SendAsync(Create(0));
        Assert.That((created.StatusCode, created.Header("Content-Location") is not null), Is.EqualTo((HttpStatusCode.Created, true)));
    }

    [Test]
    public async Task ADeletedUpload_IsGone_AndNobodyElseHasIt()
    {
        using var http = await UserAsync();
        using var stranger = await UserAsync();
        var upload = await http.CreatedAsync(Create(10));
        foreach (var request in new[] { With(HttpMethod.Head, upload), Chunk(upload, 0, Ten), With(HttpMethod.Delete, upload) })
            Assert.That((await stranger.RefusalAsync(request)).Status, Is.EqualTo(404), request.Method.Method);
        using var deleted = await http.SendAsync(With(HttpMethod.Delete, upload));
        Assert.That(deleted.StatusCode, Is.EqualTo(HttpStatusCode.NoContent));
        Assert.That(await http.RefusalAsync(Chunk(upload, 0, Ten)), Is.EqualTo((404, "not_found")));
    }
}
