using System.Net;
using System.Text;
using RooCoord.Testing;
using static RooCoord.Api.Tests.TusCalls;

namespace RooCoord.Api.Tests;

[TestFixture(Engine.Sqlite)]
[TestFixture(Engine.Postgres)]
internal sealed class TusConcatenationTests(Engine engine) : EngineFixture(engine)
{
    private async Task<HttpClient> UserAsync() => Server.With(await Server.UserTokenAsync(NewUser()));

    private static async Task<string> PartAsync(HttpClient http, string text, string kind = "partial")
    {
        var part = await http.CreatedAsync(kind.Length > 0 ? Create(text.Length, "part", ("Upload-Concat", kind)) : Create(text.Length));
        using var patched = await http.SendAsync(Chunk(part, 0, Encoding.ASCII.GetBytes(text)));
        Assert.That(patched.StatusCode, Is.EqualTo(HttpStatusCode.NoContent));
        Assert.That(patched.Header("Content-Location") is null, Is.EqualTo(kind.Length > 0), "a part is no file");
        return part;
    }

    private static HttpRequestMessage Final(params string[] parts) => With(HttpMethod.Post, Uploads, ("Upload-Concat", $"final;{string.Join(' ', parts)}"));

    [Test]
    public async Task Parts_ByAnyFormOfTheirAddress_BecomeOneFile_AndTheFinalUploadTellsThem()
    {
        using var http = await UserAsync();
        var path = await PartAsync(http, "one ");
        var relative = (await PartAsync(http, "two "))["/api/v1/".Length..];
        var whole = $"{Server.Url.GetLeftPart(UriPartial.Authority)}{await PartAsync(http, "three ")}";
        var behindProxy = $"https://files.example/roocoord{await PartAsync(http, "four")}";
        string[] parts = [path, relative, whole, behindProxy];
        using var created = await http.SendAsync(Final(parts));
        Assert.That((created.StatusCode, created.Header("Content-Location") is not null), Is.EqualTo((HttpStatusCode.Created, true)), await created.Content.ReadAsStringAsync());
        var final = created.Headers.Location!.ToString();
        using var head = await http.SendAsync(With(HttpMethod.Head, final));
        Assert.That((head.Offset(), head.Header("Upload-Length"), head.Header("Upload-Concat")), Is.EqualTo((18L, "18", $"final;{string.Join(' ', parts)}")));
        Assert.That(await http.RefusalAsync(Chunk(final, 18, default)), Is.EqualTo((403, "forbidden")));
    }

    [Test]
    public async Task AFinalUpload_OfWhatIsNoFinishedPartOfOnesOwn_IsRefused()
    {
        using var http = await UserAsync();
        using var stranger = await UserAsync();
        var part = await PartAsync(http, "mine");
        var unfinished = await http.CreatedAsync(Create(10, "part", ("Upload-Concat", "partial")));
        Assert.That(await http.RefusalAsync(Final(part, await PartAsync(stranger, "theirs"))), Is.EqualTo((404, "not_found")));
        Assert.That(await http.RefusalAsync(Final(part, Uploads + "/unknown")), Is.EqualTo((404, "not_found")));
        Assert.That(await http.RefusalAsync(Final(part, unfinished)), Is.EqualTo((409, "conflict")));
        Assert.That(await http.RefusalAsync(Final(part, await PartAsync(http, "plain", ""))), Is.EqualTo((400, "invalid")));
    }

    [Test]
    public async Task AFile_OutlivesThePartsItIsMadeOf()
    {
        using var http = await UserAsync();
        string[] parts = [await PartAsync(http, "hello "), await PartAsync(http, "world")];
        using var final = await http.SendAsync(Final(parts));
        foreach (var part in parts)
        {
            using var deleted = await http.SendAsync(With(HttpMethod.Delete, part));
            Assert.That(deleted.StatusCode, Is.EqualTo(HttpStatusCode.NoContent));
        }
        Assert.That(parts.SelectMany(Server.BytesOf), Is.EqualTo("hello world"u8.ToArray()));
    }
}
