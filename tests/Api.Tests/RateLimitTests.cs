using System.Net;
using System.Net.Http.Json;
using Microsoft.AspNetCore.SignalR;
using Microsoft.AspNetCore.SignalR.Client;
using RooCoord.Contracts;
using RooCoord.Testing;

namespace RooCoord.Api.Tests;

/// <summary>On a clock that stands still: what is taken from a bucket does not come back by itself.</summary>
[TestFixture(Engine.Sqlite)]
public sealed class RateLimitTests(Engine engine) : EngineFixture(engine)
{
    private const int Burst = 20;
    private const int OtherBurst = 10 * Burst;
    private static readonly TimeSpan OneMore = TimeSpan.FromMilliseconds(100);

    protected override ManualTimeProvider? Clock { get; } = new();
    protected override string[] Settings => ["--RooCoord:Limits:MessagesPerSecond=10", $"--RooCoord:Limits:MessageBurst={Burst}"];

    private static async Task<int> CountAsync(int calls, Func<int, Task> call)
    {
        var codes = await Task.WhenAll(Enumerable.Range(0, calls).Select(i => CodeOfAsync(call(i))));
        Assert.That(codes.Distinct(), Is.SubsetOf(new[] { "no error", "rate_limited" }));
        return codes.Count(c => c == "no error");
    }

    private static Task AnyCall(TestDevice device) => device.Hub.InvokeAsync(nameof(IDeviceHub.Working), 1L);

    [Test]
    public async Task SendsOverTheBurst_AreRefusedWithTheirWait_AndChangeNothing()
    {
        var (sender, receiver) = await PairAsync();
        var sends = Enumerable.Range(1, Burst + 5).Select(i => sender.SendToAsync(receiver.Id, $"m{i}")).ToArray();
        var seqs = (await Task.WhenAll(sends[..Burst])).Select(r => r.Deliveries[0].Seq);
        Assert.That(seqs, Is.EqualTo(Enumerable.Range(1, Burst)));
        foreach (var refused in sends[Burst..])
            Assert.That(Assert.ThrowsAsync<HubException>(() => refused)!.Message, Does.Match(@"HubException: rate_limited: .*retryAfterMs=100$"));

        Clock!.Advance(OneMore);
        var again = await sender.SendToAsync(receiver.Id, $"m{Burst + 5}");
        Assert.That((again.Duplicate, again.Deliveries[0].Seq), Is.EqualTo((false, (long?)Burst + 1)));
        Assert.That((await receiver.NextAsync(Burst + 1)).Select(m => m.Seq), Is.EqualTo(Enumerable.Range(1, Burst + 1)));
    }

    [Test]
    public async Task Sends_AreCountedByDevice_AcrossItsConnectionsAndItsTokenOnRest()
    {
        var (sender, receiver) = await PairAsync();
        Assert.That(await CountAsync(Burst + 1, i => sender.SendToAsync(receiver.Id)), Is.EqualTo(Burst));
        var again = await sender.ReconnectAsync();
        Assert.That(await CountAsync(1, _ => again.SendToAsync(receiver.Id)), Is.Zero);
        using var http = Server.With(sender.Registered.Credential.AccessToken);
        using var refused = await http.PostAsJsonAsync("/api/v1/messages", new { id = "r", to = new { device = receiver.Id }, type = "t" });
        Assert.That(await TestServer.CodeAsync(refused), Is.EqualTo("rate_limited"));
        Assert.That(await CountAsync(1, _ => receiver.SendToAsync(receiver.Id)), Is.EqualTo(1), "another device of the user");
        Assert.That(await CountAsync(1, _ => AnyCall(again)), Is.EqualTo(1), "another call");
    }

    [Test]
    public async Task RestSendsOfAUser_AreCountedByUser_AndRefusedWith429AndRetryAfter()
    {
        var (_, receiver) = await PairAsync();
        var user = receiver.Registered.Device.UserId;
        using var http = Server.With(await Server.UserTokenAsync(user));
        using var other = Server.With(await Server.UserTokenAsync(user));
        for (var i = 0; i <= Burst; i++)
        {
            using var answer = await (i % 2 == 0 ? http : other).PostAsJsonAsync("/api/v1/messages", new { id = $"r{i}", to = new { device = receiver.Id }, type = "t" });
            if (i < Burst) Assert.That(answer.StatusCode, Is.EqualTo(HttpStatusCode.OK));
            else
            {
                Assert.That((answer.StatusCode, await TestServer.CodeAsync(answer)), Is.EqualTo((HttpStatusCode.TooManyRequests, "rate_limited")));
                Assert.That(answer.Headers.RetryAfter!.Delta, Is.EqualTo(TimeSpan.FromSeconds(1)));
            }
        }
        Assert.That(await CountAsync(1, _ => receiver.SendToAsync(receiver.Id)), Is.EqualTo(1), "a device of the user");
    }

    [Test]
    public async Task OtherRestCalls_AreCountedTenTimesAsOften_AndHealthNotAtAll()
    {
        using var http = Server.With(await Server.UserTokenAsync(NewUser()));
        for (var i = 0; i < OtherBurst; i++) (await http.GetAsync("/api/v1/devices")).EnsureSuccessStatusCode().Dispose();
        using var refused = await http.GetAsync("/api/v1/devices");
        using var live = await Server.Http.GetAsync("/health/live");
        Assert.That((refused.StatusCode, await TestServer.CodeAsync(refused), live.StatusCode), Is.EqualTo((HttpStatusCode.TooManyRequests, "rate_limited", HttpStatusCode.OK)));
    }

    [Test]
    public async Task OtherCalls_AreCountedTenTimesAsOften_AndLeaveSendsAlone()
    {
        var sender = await Server.ConnectAsync(NewUser());
        Assert.That(await CountAsync(OtherBurst + 10, _ => AnyCall(sender)), Is.EqualTo(OtherBurst));
        Assert.That(await CountAsync(1, _ => sender.SendToAsync(sender.Id)), Is.EqualTo(1));
    }

    [Test]
    public async Task UnknownMethodsAndWrongArguments_CountAsCalls_AndCloseTheConnectionOnlyWhenTheyAloneAreTooMany()
    {
        var (device, _) = await PairAsync();
        var own = new List<string>();
        for (var i = 0; i < OtherBurst; i++)
        {
            var call = (i % 4) switch
            {
                0 => device.Hub.InvokeAsync("NoSuchMethod"),
                1 => device.Hub.InvokeAsync("NoSuchMethod", 1),
                2 => device.Hub.InvokeAsync(nameof(IDeviceHub.Resume), 1),
                _ => device.Hub.InvokeAsync(nameof(IDeviceHub.Acknowledge), "one"),
            };
            own.Add(Assert.ThrowsAsync<HubException>(() => call)!.Message);
        }
        Assert.That(own, Has.None.Contains("rate_limited"));
        Assert.That(await CodeOfAsync(AnyCall(device)), Is.EqualTo("rate_limited"), "they count as calls");
        Assert.That(await CountAsync(1, _ => device.SendToAsync(device.Id)), Is.EqualTo(1), "the connection is open");
        await device.Hub.SendAsync("NoSuchMethod");
        await device.Closed;

        var again = await device.ReconnectAsync();
        Clock!.Advance(OneMore);
        Assert.ThrowsAsync<HubException>(() => again.Hub.InvokeAsync("NoSuchMethod"));
        Assert.That(await CountAsync(1, _ => AnyCall(again)), Is.EqualTo(1));
    }

    [Test]
    public async Task WrongCalls_OfAConnectionWhoseRightOnesUsedUpTheLimit_LeaveItOpen()
    {
        var device = await Server.ConnectAsync(NewUser());
        Assert.That(await CountAsync(OtherBurst, _ => AnyCall(device)), Is.EqualTo(OtherBurst));
        for (var i = 0; i < 5; i++) Assert.ThrowsAsync<HubException>(() => device.Hub.InvokeAsync("NoSuchMethod"));
        Assert.That(await CountAsync(1, _ => device.SendToAsync(device.Id)), Is.EqualTo(1));
    }

    [Test]
    public async Task Streams_AreWrongCalls_AndPingsAndAnswersAreNone()
    {
        using var device = await RawDevice.ConnectAsync(Server, await Server.RegisterAsync(NewUser()));
        for (var i = 0; i < OtherBurst; i++) await device.SendAsync("""{"type":6}""", """{"type":3,"invocationId":"x","result":1}""");
        const string right = """{"type":1,"invocationId":"r","target":"working","arguments":[1]}""";
        await device.SendAsync(right);
        var answer = await device.NextAsync(f => f.GetProperty("type").GetInt32() == 3);
        Assert.That(answer.TryGetProperty("error", out _), Is.False);
        for (var i = 0; i <= OtherBurst; i++)
            await device.SendAsync(i % 2 == 0 ? """{"type":4,"invocationId":"s","target":"Working","arguments":[1]}""" : """{"type":1,"target":"Working","arguments":[1],"streamIds":["1"]}""");
        Assert.ThrowsAsync<IOException>(() => device.NextAsync(_ => false));
    }
}
