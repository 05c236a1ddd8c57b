using System.Net;
using System.Net.Http.Json;
using RooCoord.Contracts;
using RooCoord.Testing;

namespace RooCoord.Api.Tests;

[TestFixture(Engine.Sqlite)]
[TestFixture(Engine.Postgres)]
public sealed class RefreshTokenTests(Engine engine) : EngineFixture(engine)
{
    private readonly ManualTimeProvider _clock = new();

    protected override ManualTimeProvider Clock => _clock;

    private async Task<(HttpStatusCode Status, Credential? Credential)> RefreshAsync(string token)
    {
        using var answer = await Server.Http.PostAsJsonAsync("/api/v1/devices/token", new { refreshToken = token });
        return (answer.StatusCode, answer.IsSuccessStatusCode ? await answer.Content.ReadFromJsonAsync<Credential>(Wire.Json) : null);
    }

    [Test]
    public async Task Refresh_RotatesTheToken_AndTheNewPairWorks()
    {
        var device = await Server.RegisterAsync(NewUser());
        var (_, second) = await RefreshAsync(device.Credential.RefreshToken);
        var (status, third) = await RefreshAsync(second!.RefreshToken);
        Assert.That(status, Is.EqualTo(HttpStatusCode.OK));
        using var http = Server.With(third!.AccessToken);
        using var answer = await http.GetAsync($"/api/v1/devices/{device.Device.Id}");
        Assert.That(answer.StatusCode, Is.EqualTo(HttpStatusCode.OK));
    }

    [Test]
    public async Task LostAnswer_MayBeAskedAgainWithin60Seconds()
    {
        var device = await Server.RegisterAsync(NewUser());
        await RefreshAsync(device.Credential.RefreshToken);
        _clock.Advance(TimeSpan.FromSeconds(59));
        var (status, again) = await RefreshAsync(device.Credential.RefreshToken);
        Assert.That(status, Is.EqualTo(HttpStatusCode.OK));
        Assert.That((await RefreshAsync(again!.RefreshToken)).Status, Is.EqualTo(HttpStatusCode.OK));
    }

    [Test]
    public async Task Reuse_AfterTheGrace_RevokesTheFamily_AndClosesTheConnection()
    {
        var device = await Server.ConnectAsync(NewUser());
        var (_, second) = await RefreshAsync(device.Registered.Credential.RefreshToken);
        _clock.Advance(TimeSpan.FromSeconds(61));
        Assert.That((await RefreshAsync(device.Registered.Credential.RefreshToken)).Status, Is.EqualTo(HttpStatusCode.Unauthorized));
        Assert.That(await device.EndReason, Is.EqualTo("revoked"));
        Assert.That((await RefreshAsync(second!.RefreshToken)).Status, Is.EqualTo(HttpStatusCode.Unauthorized));
        using var http = Server.With(second.AccessToken);
        using var answer = await http.GetAsync("/api/v1/devices");
        Assert.That(answer.StatusCode, Is.EqualTo(HttpStatusCode.Unauthorized));
    }

    [TestCase(true)]
    [TestCase(false)]
    public async Task Reuse_WithinTheGrace_OnceItsSuccessorWasUsed_RevokesTheFamily(bool usedOnRest)
    {
        var device = await Server.RegisterAsync(NewUser());
        var (_, second) = await RefreshAsync(device.Credential.RefreshToken);
        if (usedOnRest)
        {
            using var http = Server.With(second!.AccessToken);
            await http.GetAsync("/api/v1/devices");
        }
        else await RefreshAsync(second!.RefreshToken);
        Assert.That((await RefreshAsync(device.Credential.RefreshToken)).Status, Is.EqualTo(HttpStatusCode.Unauthorized));
        Assert.That((await RefreshAsync(second.RefreshToken)).Status, Is.EqualTo(HttpStatusCode.Unauthorized));
    }

    [Test]
    public async Task AccessToken_AfterItsHour_IsRefused_AndTheRefreshTokenAfter90Days()
    {
        var device = await Server.RegisterAsync(NewUser());
        using var http = Server.With(device.Credential.AccessToken);
        _clock.Advance(TimeSpan.FromMinutes(61));
        using var answer = await http.GetAsync("/api/v1/devices");
        Assert.That(answer.StatusCode, Is.EqualTo(HttpStatusCode.Unauthorized));
        _clock.Advance(TimeSpan.FromDays(90));
        Assert.That((await RefreshAsync(device.Credential.RefreshToken)).Status, Is.EqualTo(HttpStatusCode.Unauthorized));
    }

    [TestCase("")]
    [TestCase("unknown")]
    public async Task UnknownRefreshToken_IsRefused(string token) =>
        Assert.That((await RefreshAsync(token)).Status, Is.EqualTo(token.Length == 0 ? HttpStatusCode.BadRequest : HttpStatusCode.Unauthorized));
}
