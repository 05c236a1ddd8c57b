using System.Net;
using System.Security.Cryptography;
using System.Text;
using RooCoord.Testing;
using static RooCoord.Api.Tests.TusCalls;

namespace RooCoord.Api.Tests;

[TestFixture(Engine.Sqlite)]
[TestFixture(Engine.Postgres)]
public sealed class UploadTests(Engine engine) : EngineFixture(engine)
{
    [Test]
    public async Task AFileOfTwoChunks_IsWhole_AndSaysWhereItIs()
    {
        using var http = Server.With(await Server.UserTokenAsync(NewUser()));
        var bytes = RandomNumberGenerator.GetBytes(300_000);
        using var created = await http.SendAsync(Create(bytes.Length, "report.bin"));
        Assert.That(created.StatusCode, Is.EqualTo(HttpStatusCode.Created), await created.Content.ReadAsStringAsync());
        var upload = created.Headers.Location!.ToString();
        Assert.That(upload, Does.StartWith("/api/v1/uploads/"));

        using var first = await http.SendAsync(Chunk(upload, 0, bytes.AsMemory(0, 100_000)));
        Assert.That((first.StatusCode, first.Offset()), Is.EqualTo((HttpStatusCode.NoContent, 100_000L)));
        using var head = await http.SendAsync(With(HttpMethod.Head, upload));
        Assert.That((head.StatusCode, head.Offset()), Is.EqualTo((HttpStatusCode.OK, 100_000L)));
        using var wrong = await http.SendAsync(Chunk(upload, 99_999, bytes.AsMemory(99_999, 10)));
        Assert.That(await TestServer.CodeAsync(wrong), Is.EqualTo("conflict"));
        using var second = await http.SendAsync(Chunk(upload, 100_000, bytes.AsMemory(100_000)));
        Assert.That((second.StatusCode, second.Offset()), Is.EqualTo((HttpStatusCode.NoContent, 300_000L)));
        Assert.That(second.Content.Headers.GetValues("Content-Location").Single(), Does.StartWith("/api/v1/files/"));
    }

    [Test]
    public async Task PartialUploads_BecomeOneFile()
    {
        using var http = Server.With(await Server.UserTokenAsync(NewUser()));
        var parts = new List<string>();
        foreach (var text in new[] { "hello ", "world" })
        {
            var request = Create(text.Length, "part");
            request.Headers.Add("Upload-Concat", "partial");
            using var created = await http.SendAsync(request);
            parts.Add(created.Headers.Location!.ToString());
            using var patched = await http.SendAsync(Chunk(parts[^1], 0, Encoding.ASCII.GetBytes(text)));
            Assert.That(patched.StatusCode, Is.EqualTo(HttpStatusCode.NoContent), await patched.Content.ReadAsStringAsync());
        }
        var final = With(HttpMethod.Post, "/api/v1/uploads");
        final.Headers.Add("Upload-Concat", $"final;{string.Join(' ', parts)}");
        using var answer = await http.SendAsync(final);
        Assert.That(answer.StatusCode, Is.EqualTo(HttpStatusCode.Created), await answer.Content.ReadAsStringAsync());
        Assert.That(answer.Content.Headers.GetValues("Content-Location").Single(), Does.StartWith("/api/v1/files/"));
    }
}
