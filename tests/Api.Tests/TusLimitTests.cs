using System.Net;
using RooCoord.Testing;
using static RooCoord.Api.Tests.TusCalls;

namespace RooCoord.Api.Tests;

/// <summary>Files of 1,000 bytes, users of 2,000, three uploads at once; expiry on a clock of the test's.</summary>
[TestFixture(Engine.Sqlite)]
[TestFixture(Engine.Postgres)]
internal sealed class TusLimitTests(Engine engine) : EngineFixture(engine)
{
    protected override ManualTimeProvider Clock { get; } = new();

    protected override string[] Settings =>
        ["--RooCoord:Limits:FileBytes=1000", "--RooCoord:Limits:UserBytes=2000", "--RooCoord:Files:OpenUploads=3", "--RooCoord:Files:UploadsExpireAfter=00:01:00"];

    private async Task<HttpClient> UserAsync() => Server.With(await Server.UserTokenAsync(NewUser()));

    private static HttpRequestMessage Deferred() => With(HttpMethod.Post, Uploads, ("Upload-Defer-Length", "1"));

    [Test]
    public async Task ALongerFileThanAllowed_IsTooLarge_WheneverThatShows()
    {
        using var http = await UserAsync();
        Assert.That(await http.RefusalAsync(Create(1001)), Is.EqualTo((413, "too_large")));
        var upload = await http.CreatedAsync(Deferred());
        Assert.That(await http.RefusalAsync(Chunk(upload, 0, default, ("Upload-Length", "1001"))), Is.EqualTo((413, "too_large")));
        Assert.That(await http.RefusalAsync(Chunk(upload, 0, new byte[1001])), Is.EqualTo((413, "too_large")));
        var unannounced = Chunk(upload, 0, new byte[1001]);
        unannounced.Headers.TransferEncodingChunked = true;
        Assert.That(await http.RefusalAsync(unannounced), Is.EqualTo((413, "too_large")));
        Assert.That(await http.OffsetAsync(upload), Is.Zero);
    }

    [Test]
    public async Task MoreThanTheUserMayStore_IsTooLarge_WheneverThatShows()
    {
        using var http = await UserAsync();
        using var stored = await http.SendAsync(Create(1000).Bringing(new byte[1000]));
        Assert.That(stored.StatusCode, Is.EqualTo(HttpStatusCode.Created));
        var reserved = await http.CreatedAsync(Create(600));
        Assert.That(await http.RefusalAsync(Create(401)), Is.EqualTo((413, "too_large")));
        var deferred = await http.CreatedAsync(Deferred());
        Assert.That(await http.RefusalAsync(Chunk(deferred, 0, new byte[401])), Is.EqualTo((413, "too_large")));
        Assert.That(await http.RefusalAsync(Chunk(deferred, 0, default, ("Upload-Length", "401"))), Is.EqualTo((413, "too_large")));
        using var some = await http.SendAsync(Chunk(deferred, 0, new byte[300]));
        Assert.That(await http.RefusalAsync(Chunk(deferred, 300, new byte[101])), Is.EqualTo((413, "too_large")));
        using var given = await http.SendAsync(With(HttpMethod.Delete, reserved));
        using var rest = await http.SendAsync(Chunk(deferred, 300, new byte[700], ("Upload-Length", "1000")));
        Assert.That((rest.StatusCode, rest.Header("Content-Location") is not null), Is.EqualTo((HttpStatusCode.NoContent, true)), await rest.Content.ReadAsStringAsync());
    }

    [Test]
    public async Task PartsAndTheirFile_AreCountedOnce()
    {
        using var http = await UserAsync();
        var parts = new List<string>();
        for (var i = 0; i < 2; i++)
        {
            using var part = await http.SendAsync(Create(500, "part", ("Upload-Concat", "partial")).Bringing(new byte[500]));
            parts.Add(part.Headers.Location!.ToString());
        }
        using var final = await http.SendAsync(With(HttpMethod.Post, Uploads, ("Upload-Concat", $"final;{string.Join(' ', parts)}")));
        Assert.That(final.StatusCode, Is.EqualTo(HttpStatusCode.Created));
        using var rest = await http.SendAsync(Create(1000).Bringing(new byte[1000]));
        Assert.That(rest.StatusCode, Is.EqualTo(HttpStatusCode.Created), "2,000 bytes in all");
        Assert.That(await http.RefusalAsync(Create(1)), Is.EqualTo((413, "too_large")));
    }

    [Test]
    public async Task TooManyUnfinishedUploads_AreRefused_ButThoseThereAreGoOn()
    {
        using var http = await UserAsync();
        var upload = await http.CreatedAsync(Deferred());
        for (var i = 0; i < 2; i++) await http.CreatedAsync(Create(1));
        Assert.That(await http.RefusalAsync(Create(1)), Is.EqualTo((429, "rate_limited")));
        using var told = await http.SendAsync(Chunk(upload, 0, default, ("Upload-Length", "10")));
        Assert.That(told.StatusCode, Is.EqualTo(HttpStatusCode.NoContent));
    }

    [Test]
    public async Task AnUpload_ThatNothingCameForInTime_HasExpired()
    {
        using var http = await UserAsync();
        var upload = await http.CreatedAsync(Create(10));
        Clock.Advance(TimeSpan.FromSeconds(59));
        using var some = await http.SendAsync(Chunk(upload, 0, new byte[4]));
        Assert.That(DateTimeOffset.ParseExact(some.Header("Upload-Expires")!, "R", null), Is.EqualTo(Clock.GetUtcNow().AddMinutes(1)).Within(TimeSpan.FromSeconds(1)), "every byte puts it off");
        Clock.Advance(TimeSpan.FromSeconds(59));
        Assert.That(await http.OffsetAsync(upload), Is.EqualTo(4));
        Clock.Advance(TimeSpan.FromSeconds(2));
        Assert.That((await http.RefusalAsync(With(HttpMethod.Head, upload))).Status, Is.EqualTo(410));
        Assert.That(await http.RefusalAsync(Chunk(upload, 4, new byte[6])), Is.EqualTo((410, "expired")));
    }
}
