using System.Net.Http.Json;
using System.Text.Json.Nodes;
using RooCoord.Testing;

namespace RooCoord.Api.Tests;

/// <summary>Whom a node takes a request to be from when a balancer passes it on.</summary>
[TestFixture("127.0.0.1, ::1, 10.0.0.0/8")]
[TestFixture("10.0.0.0/8")]
public sealed class ProxyTests(string proxies) : EngineFixture(Engine.Sqlite)
{
    private readonly HttpClient _anyone = new(new HttpClientHandler { AllowAutoRedirect = false });

    protected override string[] Settings => [$"--RooCoord:Proxies={proxies}"];

    private bool IsTrusted => proxies.Contains("127", StringComparison.Ordinal);

    [OneTimeTearDown]
    public void Close() => _anyone.Dispose();

    [Test]
    public async Task WrongPasswords_AreCountedForTheClient_WhenTheBalancerIsTrusted()
    {
        using var owner = Server.With(await Server.UserTokenAsync(NewUser()));
        var file = await owner.UploadAsync("content"u8.ToArray());
        using var created = await owner.PostAsJsonAsync($"/api/v1/files/{file}/shares", new { password = "right" });
        var url = (await created.Content.ReadFromJsonAsync<JsonObject>())!["url"]!.GetValue<string>();

        for (var i = 0; i < 12; i++) await CodeAsync(url, "wrong", "198.51.100.1, 10.0.0.5");
        Assert.That(await CodeAsync(url, "right", "198.51.100.1"), Is.EqualTo("rate_limited"));
        Assert.That(await CodeAsync(url, "right", "198.51.100.2"), Is.EqualTo(IsTrusted ? null : "rate_limited"));
    }

    private async Task<string?> CodeAsync(string url, string password, string forwardedFor)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, url);
        request.Headers.Add("X-Share-Password", password);
        request.Headers.Add("X-Forwarded-For", forwardedFor);
        using var answer = await _anyone.SendAsync(request);
        return (int)answer.StatusCode == 303 ? null : await TestServer.CodeAsync(answer);
    }
}
