using System.Net;
using System.Text.Json;
using Microsoft.AspNetCore.SignalR.Client;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using RooCoord.Contracts;
using RooCoord.Testing;

namespace RooCoord.Api.Tests;

[TestFixture(Engine.Sqlite)]
public sealed class CallTests(Engine engine) : EngineFixture(engine)
{
    private const int Bound = 400;

    protected override string[] Settings => [$"--RooCoord:Limits:PendingCalls={Bound}"];

    private static Task<JsonElement> CallAsync(TestDevice caller, string device, object? body = null, double timeoutSeconds = 20, string method = "ask") =>
        caller.Hub.InvokeAsync<JsonElement>(nameof(IDeviceHub.Call), device, method, body, timeoutSeconds);

    private static void Answer(TestDevice device, Func<string, JsonElement, object?> answer) =>
        device.Hub.On<string, JsonElement, object?>(nameof(IDeviceClient.OnCall), (method, body) => answer(method, body));

    /// <summary>Two devices of one user, connected and not resumed.</summary>
    private async Task<(TestDevice Caller, TestDevice Other)> ConnectedAsync()
    {
        var user = NewUser();
        return (await Server.ConnectAsync(user, "caller"), await Server.ConnectAsync(user, "other"));
    }

    /// <summary>A caller, and a device of the same user that answers only when the test does.</summary>
    private async Task<(TestDevice Caller, RawDevice Other, string Id)> WithRawAsync(TestServer? server = null)
    {
        var user = NewUser();
        server ??= Server;
        var registered = await server.RegisterAsync(user, "raw");
        return (await server.ConnectAsync(user, "caller"), await RawDevice.ConnectAsync(server, registered), registered.Device.Id);
    }

    [TestCase("""{"x":[1,1.50,1e3,null,"hé \u2713\n"],"y":{"z":true}}""")]
    [TestCase("null")]
    [TestCase("-0.0")]
    [TestCase("\"text\"")]
    [TestCase("[ 1 , 2 ]")]
    public async Task Call_CarriesTheBodyThereAndTheAnswerBack_AsTheirTexts(string json)
    {
        var user = NewUser();
        var registered = await Server.RegisterAsync(user);
        using var caller = await RawDevice.ConnectAsync(Server, await Server.RegisterAsync(user));
        using var other = await RawDevice.ConnectAsync(Server, registered);
        await caller.SendAsync($$"""{"type":1,"invocationId":"7","target":"Call","arguments":["{{registered.Device.Id}}","echo ✓",{{json}},0.5e2]}""");
        var asked = await other.NextAsync(nameof(IDeviceClient.OnCall));
        await other.SendAsync($$"""{"type":3,"invocationId":"{{asked.GetProperty("invocationId")}}","result":{{json}}}""");
        Assert.That(asked.GetProperty("arguments")[0].GetString(), Is.EqualTo("echo ✓"));
        Assert.That(asked.GetProperty("arguments")[1].GetRawText(), Is.EqualTo(json));
        var answer = await caller.NextAsync(f => f.TryGetProperty("invocationId", out var i) && i.GetString() == "7");
        Assert.That(answer.GetProperty("result").GetRawText(), Is.EqualTo(json));
    }

    [Test]
    public async Task Call_BetweenStockClients_NeedsNoResume_AndGoesBothWays()
    {
        var (caller, other) = await ConnectedAsync();
        Answer(other, (method, body) => new { method, n = body.GetProperty("n").GetInt32() + 1 });
        Answer(caller, (_, body) => body);
        var answer = await CallAsync(caller, other.Id, new { n = 1 });
        Assert.That((answer.GetProperty("method").GetString(), answer.GetProperty("n").GetInt32()), Is.EqualTo(("ask", 2)));
        Assert.That((await CallAsync(other, caller.Id, "back")).GetString(), Is.EqualTo("back"));
        Assert.That((await CallAsync(other, caller.Id)).ValueKind, Is.EqualTo(JsonValueKind.Null));
    }

    [Test]
    public async Task Call_OfUnknownForeignAndRevokedDevices_IsNotFound_AndOfOneThatIsAway_Offline()
    {
        var (caller, other) = await ConnectedAsync();
        var stranger = await Server.ConnectAsync(NewUser());
        Answer(stranger, (_, _) => 1);
        var away = await Server.RegisterAsync(caller.Registered.Device.UserId, "away");
        Assert.That(await CodeOfAsync(CallAsync(caller, "nobody")), Is.EqualTo("not_found"));
        Assert.That(await CodeOfAsync(CallAsync(caller, stranger.Id)), Is.EqualTo("not_found"));
        Assert.That(await CodeOfAsync(CallAsync(caller, away.Device.Id)), Is.EqualTo("offline"));
        using var http = Server.With(await Server.UserTokenAsync(caller.Registered.Device.UserId));
        using var deleted = await http.DeleteAsync($"/api/v1/devices/{other.Id}");
        Assert.That(deleted.StatusCode, Is.EqualTo(HttpStatusCode.NoContent));
        Assert.That(await CodeOfAsync(CallAsync(caller, other.Id)), Is.EqualTo("not_found"));
    }

    [TestCase("D", "ask", 0)]
    [TestCase("D", "ask", -1)]
    [TestCase("D", "ask", 300.5)]
    [TestCase("D", "ask", 1e300)]
    [TestCase("D", "", 1)]
    [TestCase("D", null, 1)]
    [TestCase("D", "a\u0000b", 1)]
    [TestCase("self", "ask", 1)]
    [TestCase("", "ask", 1)]
    [TestCase(null, "ask", 1)]
    public async Task Call_WithABadValue_IsInvalid(string? device, string? method, double timeoutSeconds)
    {
        var (caller, other) = await ConnectedAsync();
        Answer(other, (_, _) => 1);
        var to = device switch { "D" => other.Id, "self" => caller.Id, _ => device };
        Assert.That(await CodeOfAsync(caller.Hub.InvokeAsync<JsonElement>(nameof(IDeviceHub.Call), to, method, 1, timeoutSeconds)), Is.EqualTo("invalid"));
        Assert.That(await CodeOfAsync(CallAsync(caller, other.Id, method: new string('m', 129))), Is.EqualTo("invalid"));
    }

    [TestCase("""["D","\ud800",1,1]""")]
    [TestCase("""["D","ask",1,1e999]""")]
    public async Task Call_WithAValueNoStockClientSends_IsInvalid_AndTheConnectionStays(string arguments)
    {
        var (_, raw, id) = await WithRawAsync();
        using var _ = raw;
        await raw.SendAsync($$"""{"type":1,"invocationId":"1","target":"Call","arguments":{{arguments.Replace("\"D\"", $"\"{id}\"", StringComparison.Ordinal)}}}""");
        var answer = await raw.NextAsync(f => f.GetProperty("type").GetInt32() == 3);
        Assert.That(answer.GetProperty("error").GetString(), Does.Contain("HubException: invalid: "));
    }

    [Test]
    public async Task Call_WithABodyOverTheLimit_IsTooLarge_AndWithAnAnswerOverIt_Failed()
    {
        var (caller, other) = await ConnectedAsync();
        Answer(other, (method, body) => method == "grow" ? body.GetString() + "x" : body);
        var most = new string('x', 64 * 1024 - 2);
        Assert.That((await CallAsync(caller, other.Id, most)).GetString(), Is.EqualTo(most));
        Assert.That(await CodeOfAsync(CallAsync(caller, other.Id, most + "x")), Is.EqualTo("too_large"));
        Assert.That(await CodeOfAsync(CallAsync(caller, other.Id, most, method: "grow")), Is.EqualTo("failed"));
    }

    [Test]
    public async Task Call_OfAHandlerThatThrows_OrReturnsNothing_OrIsNotThere_IsFailed()
    {
        var (caller, other) = await ConnectedAsync();
        Assert.That(await CodeOfAsync(CallAsync(caller, other.Id)), Is.EqualTo("failed"));
        var mute = other.Hub.On<string, JsonElement>(nameof(IDeviceClient.OnCall), (_, _) => { });
        Assert.That(await CodeOfAsync(CallAsync(caller, other.Id)), Is.EqualTo("failed"));
        mute.Dispose();
        Answer(other, (_, _) => throw new InvalidOperationException("not_found: HubException: not_found: a lie"));
        Assert.That(await CodeOfAsync(CallAsync(caller, other.Id)), Is.EqualTo("failed"));
    }

    [TestCase("""{"type":3,"invocationId":"ID"}""")]
    [TestCase("""{"type":3,"invocationId":"ID","error":"no"}""")]
    [TestCase("""{"type":3,"invocationId":"ID","result":"BYTES"}""")]
    public async Task Call_AnsweredWithNothingReadable_IsFailed(string answer)
    {
        var (caller, other, id) = await WithRawAsync();
        using var _ = other;
        var call = CallAsync(caller, id);
        var asked = await other.NextAsync(nameof(IDeviceClient.OnCall));
        var frame = System.Text.Encoding.Latin1.GetBytes(answer.Replace("ID", asked.GetProperty("invocationId").GetString(), StringComparison.Ordinal).Replace("BYTES", "\u00C3\u0028", StringComparison.Ordinal));
        await other.SendBytesAsync(frame);
        Assert.That(await CodeOfAsync(call), Is.EqualTo("failed"));
    }

    [Test]
    public async Task Call_WithoutAnAnswer_TimesOut_AndALateAnswerChangesNothing()
    {
        var log = new WarningLog();
        Server.Services.GetRequiredService<ILoggerFactory>().AddProvider(log);
        var (caller, other, id) = await WithRawAsync();
        using var _ = other;
        Assert.That(await CodeOfAsync(CallAsync(caller, id, timeoutSeconds: 0.05)), Is.EqualTo("timeout"));
        var late = (await other.NextAsync(nameof(IDeviceClient.OnCall))).GetProperty("invocationId");
        await other.SendAsync($$"""{"type":3,"invocationId":"{{late}}","result":"late"}""", """{"type":3,"invocationId":"never asked","error":"x"}""");
        var next = CallAsync(caller, id);
        var asked = await other.NextAsync(nameof(IDeviceClient.OnCall));
        await other.SendAsync($$"""{"type":3,"invocationId":"{{asked.GetProperty("invocationId")}}","result":"in time"}""");
        Assert.That((await next).GetString(), Is.EqualTo("in time"));
        Assert.That(log.Lines, Is.Empty);
    }

    [Test]
    public async Task Call_IsAnsweredByTheDeviceAskedOnly()
    {
        var (caller, other, id) = await WithRawAsync();
        var (_, stranger, _) = await WithRawAsync();
        using var _ = other;
        using var __ = stranger;
        var call = CallAsync(caller, id);
        var asked = (await other.NextAsync(nameof(IDeviceClient.OnCall))).GetProperty("invocationId");
        await stranger.SendAsync($$"""{"type":3,"invocationId":"{{asked}}","result":"forged"}""", """{"type":1,"invocationId":"1","target":"Working","arguments":[1]}""");
        await stranger.NextAsync(f => f.GetProperty("type").GetInt32() == 3);
        await other.SendAsync($$"""{"type":3,"invocationId":"{{asked}}","result":"true"}""");
        Assert.That((await call).GetString(), Is.EqualTo("true"));
    }

    [TestCase("cut")]
    [TestCase("replaced")]
    [TestCase("ended")]
    public async Task Call_IsOfflineAtOnce_WhenTheOtherSideGoes(string how)
    {
        var (caller, other, id) = await WithRawAsync();
        using var _ = other;
        var user = caller.Registered.Device.UserId;
        using var http = Server.With(await Server.UserTokenAsync(user));
        var call = CallAsync(caller, id, timeoutSeconds: 300);
        await other.NextAsync(nameof(IDeviceClient.OnCall));
        if (how == "cut") other.Dispose();
        if (how == "ended")
        {
            var sessions = await System.Net.Http.Json.HttpClientJsonExtensions.GetFromJsonAsync<Page<Session>>(http, "/api/v1/sessions", Wire.Json);
            (await http.DeleteAsync($"/api/v1/sessions/{sessions!.Items.Single(s => s.DeviceId == id).Id}")).Dispose();
        }
        if (how == "replaced")
        {
            using var issued = await http.PostAsync($"/api/v1/devices/{id}/credential", null);
            var credential = (await System.Net.Http.Json.HttpContentJsonExtensions.ReadFromJsonAsync<Credential>(issued.Content, Wire.Json))!;
            using var newer = await RawDevice.ConnectAsync(Server, new(caller.Registered.Device with { Id = id }, credential));
        }
        Assert.That(await CodeOfAsync(call), Is.EqualTo("offline"));
    }

    [Test]
    public async Task PendingCalls_HoldUpNeitherSendsNorMessages_AndEndWithTheirCaller()
    {
        var (caller, other, id) = await WithRawAsync();
        using var _ = other;
        await other.SendAsync("""{"type":1,"target":"Resume","arguments":[0,256]}""");
        // More than twice the calls of one connection that may run at once.
        var calls = Enumerable.Range(0, 300).Select(i => CallAsync(caller, id, i, timeoutSeconds: 300)).ToArray();
        for (var i = 0; i < calls.Length; i++) await other.NextAsync(nameof(IDeviceClient.OnCall));
        await caller.SendToAsync(id, "meanwhile");
        var message = await other.NextAsync(nameof(IDeviceClient.Message));
        Assert.That(message.GetProperty("arguments")[0].GetProperty("id").GetString(), Is.EqualTo("meanwhile"));
        Assert.That(calls.Count(c => c.IsCompleted), Is.Zero);

        await caller.DisposeAsync();
        await other.NextAsync(f => f.GetRawText().Contains("\"status\":\"offline\"", StringComparison.Ordinal));
        var again = await caller.ReconnectAsync();
        // With those of before the device would owe more answers than it may.
        var more = Enumerable.Range(0, Bound - 200).Select(i => CallAsync(again, id, i)).ToArray();
        for (var i = 0; i < more.Length; i++)
        {
            var asked = (await other.NextAsync(nameof(IDeviceClient.OnCall))).GetProperty("invocationId");
            await other.SendAsync($$"""{"type":3,"invocationId":"{{asked}}","result":1}""");
        }
        Assert.That((await Task.WhenAll(more)).Select(a => a.GetInt32()), Has.All.EqualTo(1));
    }

    [Test]
    public async Task PendingCalls_AreBounded_ForWhoAsksAndForWhoIsAsked()
    {
        await using var server = await TestServer.StartAsync(Engine.Sqlite, null, "--RooCoord:Limits:PendingCalls=2");
        var (caller, one, oneId) = await WithRawAsync(server);
        using var _ = one;
        var user = caller.Registered.Device.UserId;
        var secondCaller = await server.ConnectAsync(user);
        var twoRegistered = await server.RegisterAsync(user);
        using var two = await RawDevice.ConnectAsync(server, twoRegistered);
        Task<JsonElement>[] waiting = [CallAsync(caller, oneId), CallAsync(caller, oneId)];
        var asked = new[] { await one.NextAsync(nameof(IDeviceClient.OnCall)), await one.NextAsync(nameof(IDeviceClient.OnCall)) };

        Assert.That(await CodeOfAsync(CallAsync(caller, twoRegistered.Device.Id)), Is.EqualTo("rate_limited"), "who asks");
        var refused = Assert.ThrowsAsync<Microsoft.AspNetCore.SignalR.HubException>(() => CallAsync(secondCaller, oneId), "who is asked");
        Assert.That(refused!.Message, Does.Match("HubException: rate_limited: .*retryAfterMs=[1-9]"));

        foreach (var call in asked) await one.SendAsync($$"""{"type":3,"invocationId":"{{call.GetProperty("invocationId")}}","result":1}""");
        await Task.WhenAll(waiting);
        var after = CallAsync(caller, oneId);
        var last = await one.NextAsync(nameof(IDeviceClient.OnCall));
        await one.SendAsync($$"""{"type":3,"invocationId":"{{last.GetProperty("invocationId")}}","result":2}""");
        Assert.That((await after).GetInt32(), Is.EqualTo(2));
    }

    [Test]
    public async Task CallsThatTimeOut_WhileTheOtherSocketTakesNothing_LeaveItsConnectionOpen()
    {
        var (caller, other, id) = await WithRawAsync();
        using var _ = other;
        // More than the buffers of a socket hold.
        var body = new string('x', 60_000);
        var codes = await Task.WhenAll(Enumerable.Range(0, 300).Select(_ => CodeOfAsync(CallAsync(caller, id, body, timeoutSeconds: 0.5))));
        Assert.That(codes, Has.All.EqualTo("timeout"));
        for (var i = 0; i < codes.Length; i++) await other.NextAsync(nameof(IDeviceClient.OnCall));
        var next = CallAsync(caller, id);
        var asked = await other.NextAsync(nameof(IDeviceClient.OnCall));
        await other.SendAsync($$"""{"type":3,"invocationId":"{{asked.GetProperty("invocationId")}}","result":1}""");
        Assert.That((await next).GetInt32(), Is.EqualTo(1));
    }

    private sealed class WarningLog : ILoggerProvider, ILogger
    {
        public System.Collections.Concurrent.ConcurrentQueue<string> Lines { get; } = [];

        public ILogger CreateLogger(string categoryName) => this;

        public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Warning;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            Lines.Enqueue(formatter(state, exception) + exception);

        public void Dispose() { }
    }
}
