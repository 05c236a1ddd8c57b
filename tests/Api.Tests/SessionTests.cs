using System.Net;
using System.Net.Http.Json;
using System.Net.WebSockets;
using Microsoft.AspNetCore.SignalR.Client;
using RooCoord.Contracts;
using RooCoord.Testing;

namespace RooCoord.Api.Tests;

[TestFixture(Engine.Sqlite)]
[TestFixture(Engine.Postgres)]
public sealed class SessionTests(Engine engine) : EngineFixture(engine)
{
    [Test]
    public async Task Negotiate_OffersWebSocketsOnly_AndRefusesAtHttpLevel()
    {
        var registered = await Server.RegisterAsync(NewUser());
        using var device = Server.With(registered.Credential.AccessToken);
        using var user = Server.With(await Server.UserTokenAsync());
        using var ok = await device.PostAsync("/hubs/devices/negotiate?negotiateVersion=1", null);
        Assert.That(await ok.Content.ReadAsStringAsync(), Does.Contain("\"transport\":\"WebSockets\"").And.Not.Contain("LongPolling"));
        using var none = await Server.Http.PostAsync("/hubs/devices/negotiate", null);
        using var bad = await Server.With("garbage").PostAsync("/hubs/devices/negotiate", null);
        using var forbidden = await user.PostAsync("/hubs/devices/negotiate", null);
        Assert.That((none.StatusCode, bad.StatusCode, forbidden.StatusCode), Is.EqualTo((HttpStatusCode.Unauthorized, HttpStatusCode.Unauthorized, HttpStatusCode.Forbidden)));
    }

    [TestCase(null, HttpStatusCode.Unauthorized)]
    [TestCase("garbage", HttpStatusCode.Unauthorized)]
    [TestCase("user", HttpStatusCode.Forbidden)]
    public async Task Upgrade_WithoutADeviceToken_IsRefusedAtHttpLevel(string? token, HttpStatusCode status)
    {
        if (token == "user") token = await Server.UserTokenAsync();
        using var socket = new ClientWebSocket();
        socket.Options.CollectHttpResponseDetails = true;
        var uri = new UriBuilder(Server.Url) { Scheme = "ws", Path = "/hubs/devices", Query = token is null ? "" : $"access_token={token}" }.Uri;
        Assert.ThrowsAsync<WebSocketException>(() => socket.ConnectAsync(uri, CancellationToken.None));
        Assert.That(socket.HttpStatusCode, Is.EqualTo(status));
    }

    [Test]
    public async Task Upgrade_WithAnIdNobodyRemembers_OpensAConnectionOfItsOwn()
    {
        var registered = await Server.RegisterAsync(NewUser());
        using var socket = new ClientWebSocket();
        var uri = new UriBuilder(Server.Url) { Scheme = "ws", Path = "/hubs/devices", Query = $"id=elsewhere&access_token={registered.Credential.AccessToken}" }.Uri;
        await socket.ConnectAsync(uri, CancellationToken.None);
        Assert.That(socket.State, Is.EqualTo(WebSocketState.Open));
    }

    [Test]
    public async Task SessionStarted_TellsTheContract()
    {
        var device = await Server.ConnectAsync(NewUser());
        var started = await device.Started;
        Assert.That((started.Protocol, started.DeviceId, started.Resumed, started.ExpiresAt), Is.EqualTo((1, device.Id, false, device.Registered.Credential.ExpiresAt)));
    }

    [Test]
    public async Task NewerConnection_ReplacesTheOlder_WhoseLateCallsChangeNothing()
    {
        var (sender, older) = await PairAsync();
        await sender.SendToAsync(older.Id);
        await older.NextAsync();
        var newer = await older.ReconnectAsync();
        Assert.That((await newer.Started).SessionId, Is.EqualTo((await older.Started).SessionId));
        Assert.That((await newer.Started).Resumed, Is.True);
        Assert.That(await older.EndReason, Is.EqualTo("replaced"));
        await older.Closed;
        await newer.ResumeAsync();
        Assert.That((await newer.NextAsync()).Attempt, Is.EqualTo(2));
    }

    [Test]
    public async Task Status_FollowsTheConnection_AndOthersHearOfIt()
    {
        var user = NewUser();
        var watcher = await Server.ConnectAsync(user, "watcher");
        var device = await Server.ConnectAsync(user, "device");
        await watcher.ChangeAsync(d => d.Id == device.Id && d.Status == "online");
        await device.Hub.InvokeAsync(nameof(IDeviceHub.SetStatus), "busy");
        await watcher.ChangeAsync(d => d.Id == device.Id && d.Status == "busy");
        Assert.That(await CodeOfAsync(device.Hub.InvokeAsync(nameof(IDeviceHub.SetStatus), "asleep")), Is.EqualTo("invalid"));
        await device.DisposeAsync();
        var offline = await watcher.ChangeAsync(d => d.Id == device.Id && d.Status == "offline");
        Assert.That(offline.LastSeenAt, Is.Not.Null);
    }

    [Test]
    public async Task Sessions_AreListed_AndEndingOneClosesItsConnection()
    {
        var user = NewUser();
        var device = await Server.ConnectAsync(user);
        using var http = Server.With(await Server.UserTokenAsync(user));
        var live = await http.GetFromJsonAsync<Page<Session>>("/api/v1/sessions", Wire.Json);
        Assert.That(live!.Items.Single().DeviceId, Is.EqualTo(device.Id));
        using var ended = await http.DeleteAsync($"/api/v1/sessions/{live.Items[0].Id}");
        Assert.That(ended.StatusCode, Is.EqualTo(HttpStatusCode.NoContent));
        Assert.That(await device.EndReason, Is.EqualTo("ended"));
        await device.Closed;
        using var again = await http.DeleteAsync($"/api/v1/sessions/{live.Items[0].Id}");
        Assert.That(await TestServer.CodeAsync(again), Is.EqualTo("not_found"));
        var next = await device.ReconnectAsync();
        Assert.That((await next.Started).Resumed, Is.False);
    }

    [Test]
    public async Task AllSessions_EndAtOnce_ButNobodyElses()
    {
        var user = NewUser();
        var (one, two) = await PairAsync(user);
        var stranger = await Server.ConnectAsync(NewUser());
        using var http = Server.With(await Server.UserTokenAsync(user));
        using var ended = await http.DeleteAsync("/api/v1/sessions");
        Assert.That(await one.EndReason, Is.EqualTo("ended"));
        Assert.That(await two.EndReason, Is.EqualTo("ended"));
        Assert.That((await stranger.ResumeAsync()).Head, Is.Zero);
    }

    [Test]
    public async Task RefreshToken_OfAnotherDevice_IsForbidden()
    {
        var (one, two) = await PairAsync();
        Assert.That(await CodeOfAsync(one.Hub.InvokeAsync(nameof(IDeviceHub.RefreshToken), two.Registered.Credential.AccessToken)), Is.EqualTo("forbidden"));
        Assert.That(await CodeOfAsync(one.Hub.InvokeAsync(nameof(IDeviceHub.RefreshToken), "garbage")), Is.EqualTo("unauthorized"));
        await one.Hub.InvokeAsync(nameof(IDeviceHub.RefreshToken), one.Registered.Credential.AccessToken);
    }

    [TestCase("{\"type\":1,\"target\":\u001e")]
    [TestCase("not json\u001e")]
    public async Task MalformedFrame_ClosesTheConnection(string frame)
    {
        var registered = await Server.RegisterAsync(NewUser());
        using var socket = await RawSocketAsync(registered);
        await socket.SendAsync(System.Text.Encoding.UTF8.GetBytes(frame), WebSocketMessageType.Text, true, CancellationToken.None);
        Assert.That(await EndsAsync(socket), Is.True);
    }

    [Test]
    public async Task FrameOfTenMebibytes_ClosesTheConnection()
    {
        var registered = await Server.RegisterAsync(NewUser());
        using var socket = await RawSocketAsync(registered);
        var frame = new byte[10 * 1024 * 1024];
        Array.Fill(frame, (byte)'x');
        var sending = socket.SendAsync(frame, WebSocketMessageType.Text, true, CancellationToken.None);
        Assert.That(await EndsAsync(socket), Is.True);
        await sending.ContinueWith(_ => { }, TaskScheduler.Default);
    }

    [TestCase("a.b.c")]
    [TestCase("eyJhbGciOiJFUzI1NiJ9.e30.AAAA")]
    [TestCase("..")]
    public async Task MalformedToken_IsUnauthorized(string token)
    {
        using var http = Server.With(token);
        using var answer = await http.GetAsync("/api/v1/devices");
        Assert.That((answer.StatusCode, await TestServer.CodeAsync(answer)), Is.EqualTo((HttpStatusCode.Unauthorized, "unauthorized")));
    }

    [Test]
    public async Task CredentialRevokedBeforeTheHandshake_OpensNothing()
    {
        var user = NewUser();
        var registered = await Server.RegisterAsync(user);
        using var socket = new ClientWebSocket();
        socket.Options.SetRequestHeader("Authorization", $"Bearer {registered.Credential.AccessToken}");
        await socket.ConnectAsync(new UriBuilder(Server.Url) { Scheme = "ws", Path = "/hubs/devices" }.Uri, CancellationToken.None);
        using var http = Server.With(await Server.UserTokenAsync(user));
        using var issued = await http.PostAsync($"/api/v1/devices/{registered.Device.Id}/credential", null);
        await socket.SendAsync("{\"protocol\":\"json\",\"version\":1}\u001e"u8.ToArray(), WebSocketMessageType.Text, true, CancellationToken.None);
        Assert.That(await EndsAsync(socket), Is.True);
        Assert.That(await http.GetStringAsync("/api/v1/devices"), Does.Contain("\"status\":\"offline\""));
    }

    private async Task<ClientWebSocket> RawSocketAsync(RegisteredDevice registered)
    {
        var socket = new ClientWebSocket();
        socket.Options.SetRequestHeader("Authorization", $"Bearer {registered.Credential.AccessToken}");
        await socket.ConnectAsync(new UriBuilder(Server.Url) { Scheme = "ws", Path = "/hubs/devices" }.Uri, CancellationToken.None);
        await socket.SendAsync("{\"protocol\":\"json\",\"version\":1}\u001e"u8.ToArray(), WebSocketMessageType.Text, true, CancellationToken.None);
        return socket;
    }

    private static async Task<bool> EndsAsync(ClientWebSocket socket)
    {
        using var timeout = new CancellationTokenSource(TestDevice.Patience);
        try
        {
            while ((await socket.ReceiveAsync(new byte[4096], timeout.Token)).MessageType != WebSocketMessageType.Close) { }
            return true;
        }
        catch (WebSocketException) { return true; }
    }
}
