using System.Diagnostics;
using System.Net;
using System.Net.Http.Json;
using System.Net.WebSockets;
using System.Text;
using RooCoord.Api.Hubs;
using RooCoord.Testing;

namespace RooCoord.Api.Tests;

/// <summary>How a server lets go of its connections when it is told to stop; the process as a whole is looked at end to end.</summary>
[TestFixture(Engine.Sqlite)]
[TestFixture(Engine.Postgres)]
[Parallelizable(ParallelScope.Self)]
public sealed class DrainingTests(Engine engine)
{
    // Long enough that a test which waits it out fails by the clock.
    private const string Unhurried = "--RooCoord:Drain:Seconds=60";
    private static readonly TimeSpan Hardly = TimeSpan.FromSeconds(10);

    private TestDatabase _database = null!;

    [OneTimeSetUp]
    public async Task CreateAsync() => _database = await TestDatabase.CreateAsync(engine);

    [OneTimeTearDown]
    public async Task DropAsync() => await _database.DisposeAsync();

    private Task<TestServer> StartAsync(params string[] settings) =>
        TestServer.StartAsync(_database, ownsDatabase: false, null, ["--RooCoord:Drain:TotalSeconds=70", .. settings]);

    [Test]
    public async Task WithNobodyConnected_StoppingTakesNoTime()
    {
        await using var server = await StartAsync(Unhurried);
        var stopping = Stopwatch.StartNew();
        await server.StopAsync();
        Assert.That(stopping.Elapsed, Is.LessThan(TimeSpan.FromSeconds(2)));
    }

    [Test]
    public async Task IdleDevices_AreTold_AndClosedSoonAfter_WithLeaveToReconnect()
    {
        await using var server = await StartAsync(Unhurried, "--RooCoord:Drain:SpreadMilliseconds=700");
        var registered = await server.RegisterAsync("idle");
        using var socket = new ClientWebSocket();
        socket.Options.SetRequestHeader("Authorization", $"Bearer {registered.Credential.AccessToken}");
        await socket.ConnectAsync(new UriBuilder(server.Url) { Scheme = "ws", Path = "/hubs/devices" }.Uri, CancellationToken.None);
        await socket.SendAsync("{\"protocol\":\"json\",\"version\":1}\u001e"u8.ToArray(), WebSocketMessageType.Text, true, CancellationToken.None);
        var devices = new[] { await server.ConnectAsync("idle"), await server.ConnectAsync("idle"), await server.ConnectAsync("idle"), await server.ConnectAsync("idle") };

        var stopping = Stopwatch.StartNew();
        var stopped = server.StopAsync();
        var told = await Task.WhenAll(devices.Select(d => d.Draining));
        Assert.That(told, Is.All.InRange(0, 700).And.Some.Not.EqualTo(told[0]), "each at a time of its own");
        await Task.WhenAll(devices.Select(d => d.Closed));
        var text = await ReadToEndAsync(socket);
        Assert.That(text, Does.Match("\"target\":\"Draining\",\"arguments\":\\[\\d+\\].*\"type\":7,\"allowReconnect\":true").And.Not.Contain("SessionEnded"));
        await stopped;
        Assert.That(stopping.Elapsed, Is.LessThan(Hardly));
    }

    [Test]
    public async Task WhatIsInFlight_CanStillBeAcknowledged_WhileNothingNewComesIn()
    {
        await using var server = await StartAsync(Unhurried);
        var sender = await server.ConnectAsync("flight");
        var receiver = await server.ConnectAsync("flight");
        await receiver.ResumeAsync();
        await sender.SendToAsync(receiver.Id, "one");
        await receiver.NextAsync();

        var stopping = Stopwatch.StartNew();
        var stopped = server.StopAsync();
        await Task.WhenAll(receiver.Draining, sender.Closed);
        using var ready = await server.Http.GetAsync("/health/ready");
        using var live = await server.Http.GetAsync("/health/live");
        Assert.That((ready.StatusCode, await ready.Content.ReadAsStringAsync(), live.StatusCode), Is.EqualTo((HttpStatusCode.ServiceUnavailable, "{\"status\":\"draining\"}", HttpStatusCode.OK)));
        using var device = server.With(sender.Registered.Credential.AccessToken);
        using var negotiated = await device.PostAsync("/hubs/devices/negotiate?negotiateVersion=1", null);
        Assert.That((negotiated.StatusCode, await TestServer.CodeAsync(negotiated)), Is.EqualTo((HttpStatusCode.ServiceUnavailable, "unavailable")));
        using var upgrade = new ClientWebSocket();
        upgrade.Options.CollectHttpResponseDetails = true;
        upgrade.Options.SetRequestHeader("Authorization", $"Bearer {sender.Registered.Credential.AccessToken}");
        Assert.ThrowsAsync<WebSocketException>(() => upgrade.ConnectAsync(new UriBuilder(server.Url) { Scheme = "ws", Path = "/hubs/devices" }.Uri, CancellationToken.None));
        Assert.That(upgrade.HttpStatusCode, Is.EqualTo(HttpStatusCode.ServiceUnavailable));
        using var sent = await device.PostAsJsonAsync("/api/v1/messages", new { id = "two", to = new { device = receiver.Id }, type = "t" });
        Assert.That(sent.StatusCode, Is.EqualTo(HttpStatusCode.OK), "REST is served to the end");

        Assert.That(receiver.Waiting, Is.Zero);
        await receiver.AcknowledgeAsync(1);
        await receiver.Closed;
        await stopped;
        Assert.That(stopping.Elapsed, Is.LessThan(Hardly));
        Assert.That(receiver.Waiting, Is.Zero, "what was not in flight is left for the next connection");

        await using var next = await StartAsync();
        var again = await TestDevice.ConnectAsync(next.Url, receiver.Registered);
        Assert.That((await again.Started).Resumed, Is.True);
        Assert.That((await again.ResumeAsync()).Acknowledged, Is.EqualTo(1));
        var left = await again.NextAsync();
        Assert.That((left.Id, left.Attempt), Is.EqualTo(("two", 1)));
    }

    [Test]
    public async Task ADeviceThatSettlesNothing_IsClosedWhenItsTimeIsOver_AndGetsItAgain()
    {
        await using var server = await StartAsync("--RooCoord:Drain:Seconds=0.5");
        var device = await server.ConnectAsync("idler");
        await device.ResumeAsync();
        await device.SendToAsync(device.Id, "one");
        await device.NextAsync();
        var stopped = server.StopAsync();
        await device.Closed;
        await stopped;
        await using var next = await StartAsync();
        var again = await TestDevice.ConnectAsync(next.Url, device.Registered);
        await again.ResumeAsync();
        Assert.That((await again.NextAsync()).Attempt, Is.EqualTo(2));
    }

    [Test]
    public async Task CallsThatWereBegun_AreAnswered_BeforeTheConnectionCloses()
    {
        var calls = new OpenCalls();
        Assert.That((calls.TryBegin(), calls.TryBegin()), Is.EqualTo((true, true)));
        var closed = calls.CloseAsync();
        Assert.That(calls.TryBegin(), Is.False, "no further one begins");
        calls.End();
        Assert.That(closed.IsCompleted, Is.False);
        calls.End();
        await closed.WaitAsync(TestDevice.Patience);
        Assert.That(new OpenCalls().CloseAsync().IsCompleted, Is.True, "nothing to wait for");
    }

    private static async Task<string> ReadToEndAsync(ClientWebSocket socket)
    {
        using var timeout = new CancellationTokenSource(TestDevice.Patience);
        var (buffer, text) = (new byte[4096], new StringBuilder());
        WebSocketReceiveResult received;
        do
        {
            received = await socket.ReceiveAsync(buffer, timeout.Token);
            text.Append(Encoding.UTF8.GetString(buffer, 0, received.Count));
        }
        while (received.MessageType != WebSocketMessageType.Close);
        // As a client does: the server waits for it.
        try { await socket.CloseOutputAsync(WebSocketCloseStatus.NormalClosure, null, timeout.Token); }
        catch (WebSocketException)
        {
            // It waits no longer than it takes to stop.
        }
        return text.ToString().Replace("\u001e", " ", StringComparison.Ordinal);
    }
}
