using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using RooCoord.Testing;

namespace RooCoord.Api.Tests;

/// <summary>When links and grants end, and that the configured address is told.</summary>
[TestFixture(Engine.Sqlite)]
[TestFixture(Engine.Postgres)]
public sealed class ShareClockTests(Engine engine) : EngineFixture(engine)
{
    private const string PublicUrl = "https://files.example/roo/";
    private readonly ManualTimeProvider _clock = new();
    private readonly HttpClient _anyone = new(new HttpClientHandler { AllowAutoRedirect = false });

    protected override ManualTimeProvider? Clock => _clock;
    protected override string[] Settings => [$"--RooCoord:PublicUrl={PublicUrl}"];

    [OneTimeTearDown]
    public void Close() => _anyone.Dispose();

    [Test]
    public async Task ALinkExpires_AndItsGrantAnHourAfterItWasGiven()
    {
        using var owner = Server.With(await Server.UserTokenAsync(NewUser()));
        var file = await owner.UploadAsync("content"u8.ToArray());
        using var created = await owner.PostAsJsonAsync($"/api/v1/files/{file}/shares", new { expiresAt = _clock.GetUtcNow().AddMinutes(10) });
        var url = (await created.Content.ReadFromJsonAsync<JsonObject>())!["url"]!.GetValue<string>();
        Assert.That(url, Does.StartWith($"{PublicUrl}s/"));
        var path = url[PublicUrl.Length..];

        _clock.Advance(TimeSpan.FromMinutes(9));
        using var followed = await _anyone.GetAsync(new Uri(Server.Url, path));
        Assert.That(followed.Headers.Location!.ToString(), Does.StartWith("/roo/s/g/"));
        var grant = new Uri(Server.Url, followed.Headers.Location.ToString()["/roo".Length..]);
        _clock.Advance(TimeSpan.FromMinutes(1));
        Assert.That(await CodeAsync(new Uri(Server.Url, path)), Is.EqualTo("expired"));
        _clock.Advance(TimeSpan.FromMinutes(58));
        Assert.That(await _anyone.GetStringAsync(grant), Is.EqualTo("content"));
        _clock.Advance(TimeSpan.FromMinutes(1));
        Assert.That(await CodeAsync(grant), Is.EqualTo("expired"));
    }

    private async Task<string?> CodeAsync(Uri url)
    {
        using var answer = await _anyone.GetAsync(url);
        Assert.That(answer.StatusCode, Is.EqualTo(HttpStatusCode.Gone));
        return await TestServer.CodeAsync(answer);
    }
}
