using System.Diagnostics;
using System.Net.Http.Json;
using System.Net.WebSockets;
using Microsoft.AspNetCore.SignalR;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using RooCoord.Contracts;
using RooCoord.Testing;

namespace RooCoord.Api.Tests;

/// <summary>How soon others know that a device is gone.</summary>
[TestFixture(Engine.Sqlite)]
[TestFixture(Engine.Postgres)]
public sealed class AbsenceTests(Engine engine) : EngineFixture(engine)
{
    private static readonly TimeSpan Contract = TimeSpan.FromSeconds(1);

    [Test]
    public async Task CleanClose_IsKnownWithinASecond()
    {
        var (watcher, device) = await PairAsync();
        await watcher.ChangeAsync(d => d.Id == device.Id && d.Status == "online");
        var left = Stopwatch.StartNew();
        await device.DisposeAsync();
        await watcher.ChangeAsync(d => d.Id == device.Id && d.Status == "offline");
        using var http = Server.With(watcher.Registered.Credential.AccessToken);
        var listed = await http.GetFromJsonAsync<Page<Device>>("/api/v1/devices?status=offline", Wire.Json);
        Assert.That(left.Elapsed, Is.LessThan(Contract));
        Assert.That(listed!.Items.Select(d => d.Id), Is.EqualTo(new[] { device.Id }));
    }

    [Test]
    public async Task Deletion_CutsTheConnectionWithinASecond()
    {
        var user = NewUser();
        var device = await Server.ConnectAsync(user);
        using var http = Server.With(await Server.UserTokenAsync(user));
        var asked = Stopwatch.StartNew();
        using var deleted = await http.DeleteAsync($"/api/v1/devices/{device.Id}");
        Assert.That(await device.EndReason, Is.EqualTo("revoked"));
        await device.Closed;
        Assert.That(asked.Elapsed, Is.LessThan(Contract));
    }

    [Test]
    public void SilentClients_AreGivenThirtySeconds()
    {
        var hub = Server.Services.GetRequiredService<IOptions<HubOptions>>().Value;
        Assert.That(hub.ClientTimeoutInterval, Is.EqualTo(TimeSpan.FromSeconds(30)));
    }

    [Test]
    public async Task SilentClient_IsOffline_ThoughItsSocketStaysOpen()
    {
        // The same as in earnest, with one second for thirty.
        await using var server = await TestServer.StartAsync(Engine, services => services.Configure<HubOptions>(hub => hub.ClientTimeoutInterval = TimeSpan.FromSeconds(1)));
        var registered = await server.RegisterAsync();
        using var socket = new ClientWebSocket();
        socket.Options.SetRequestHeader("Authorization", $"Bearer {registered.Credential.AccessToken}");
        await socket.ConnectAsync(new UriBuilder(server.Url) { Scheme = "ws", Path = "/hubs/devices" }.Uri, CancellationToken.None);
        await socket.SendAsync("{\"protocol\":\"json\",\"version\":1}\u001e"u8.ToArray(), WebSocketMessageType.Text, true, CancellationToken.None);
        var status = new List<string>();
        using var http = server.With(registered.Credential.AccessToken);
        using var pace = new PeriodicTimer(TimeSpan.FromMilliseconds(20));
        using var limit = new CancellationTokenSource(TestDevice.Patience);
        while (status is not ["offline", "online", "offline"] and not ["online", "offline"])
        {
            var now = (await http.GetFromJsonAsync<Device>($"/api/v1/devices/{registered.Device.Id}", Wire.Json, limit.Token))!.Status;
            if (status.LastOrDefault() != now) status.Add(now);
            await pace.WaitForNextTickAsync(limit.Token);
        }
        // Nothing was read from it, so that it has not seen the server's goodbye.
        Assert.That(socket.State, Is.EqualTo(WebSocketState.Open));
    }
}
