using RooCoord.Contracts;
using RooCoord.Testing;

namespace RooCoord.Api.Tests;

/// <summary>What depends on time, on a clock of its own a test.</summary>
[TestFixture(Engine.Sqlite)]
[TestFixture(Engine.Postgres)]
[Parallelizable(ParallelScope.Self)]
public sealed class ClockTests(Engine engine)
{
    private readonly ManualTimeProvider _clock = new();
    private TestServer _server = null!;

    [OneTimeSetUp]
    public async Task StartAsync() => _server = await TestServer.StartAsync(engine, _clock);

    [OneTimeTearDown]
    public async Task StopAsync() => await _server.DisposeAsync();

    private async Task<(TestDevice Sender, TestDevice Receiver)> PairAsync(string user)
    {
        var sender = await _server.ConnectAsync(user);
        var receiver = await _server.ConnectAsync(user);
        await receiver.ResumeAsync();
        return (sender, receiver);
    }

    // Time passes in small steps until the thing happens: timers of the server run at their own pace.
    private async Task<T> PassUntilAsync<T>(Task<T> happens, TimeSpan step)
    {
        using var pace = new PeriodicTimer(TimeSpan.FromMilliseconds(20));
        for (var i = 0; i < 500 && !happens.IsCompleted; i++)
        {
            _clock.Advance(step);
            await pace.WaitForNextTickAsync();
        }
        return await happens;
    }

    [Test]
    public async Task InFlight_UntouchedFor30Seconds_ComesAgainInOrder_AndWorkingRestartsThe30()
    {
        var (sender, receiver) = await PairAsync("redelivery");
        await sender.SendToAsync(receiver.Id);
        await sender.SendToAsync(receiver.Id);
        await receiver.NextAsync(2);
        _clock.Advance(TimeSpan.FromSeconds(29));
        await receiver.Hub.InvokeCoreAsync(nameof(IDeviceHub.Working), typeof(object), [2L]);
        _clock.Advance(TimeSpan.FromSeconds(29));
        await receiver.ExpectNothingBeforeMarkerAsync();
        var again = await PassUntilAsync(receiver.NextAsync(2), TimeSpan.FromSeconds(1));
        Assert.That(again.Select(m => (m.Seq, m.Attempt)), Is.EqualTo(new (long?, int?)[] { (1, 2), (2, 2) }));
    }

    [Test]
    public async Task Entry_ThatFailsTenTimes_IsDead_AndTheNextIsSentOn()
    {
        var (sender, receiver) = await PairAsync("dead");
        await sender.SendToAsync(receiver.Id);
        await sender.SendToAsync(receiver.Id);
        await receiver.NextAsync(2);
        for (var round = 2; round <= 10; round++)
            Assert.That((await PassUntilAsync(receiver.NextAsync(2), TimeSpan.FromSeconds(5))).Select(m => m.Attempt), Is.All.EqualTo(round));
        Assert.That((await PassUntilAsync(receiver.NextAsync(), TimeSpan.FromSeconds(5))).Seq, Is.EqualTo(2));
        Assert.That((await receiver.ResumeAsync()).Acknowledged, Is.EqualTo(1));
    }

    [Test]
    public async Task Ttl_ClosesWhatIsNotInFlight_AndFreesItsPlace()
    {
        var sender = await _server.ConnectAsync("ttl");
        var registered = await _server.RegisterAsync("ttl");
        await sender.SendAsync(new { id = "short", to = new { device = registered.Device.Id }, type = "t", ttlSeconds = 5 });
        await sender.SendAsync(new { id = "long", to = new { device = registered.Device.Id }, type = "t", ttlSeconds = 500 });
        _clock.Advance(TimeSpan.FromSeconds(6));
        var receiver = await TestDevice.ConnectAsync(_server.Url, registered);
        await receiver.ResumeAsync();
        Assert.That((await receiver.NextAsync()).Id, Is.EqualTo("long"));
        await receiver.AcknowledgeAsync(2);
        Assert.That((await receiver.ResumeAsync()).Acknowledged, Is.EqualTo(2));
    }

    [Test]
    public async Task Ttl_DoesNotCloseWhatIsInFlight_UntilTheConnectionEnds()
    {
        var (sender, receiver) = await PairAsync("ttl in flight");
        await sender.SendAsync(new { id = "short", to = new { device = receiver.Id }, type = "t", ttlSeconds = 5 });
        await receiver.NextAsync();
        _clock.Advance(TimeSpan.FromSeconds(6));
        Assert.That((await receiver.ResumeAsync()).Acknowledged, Is.Zero);
        await receiver.DisposeAsync();
        var again = await receiver.ReconnectAsync();
        Assert.That((await again.ResumeAsync()).Acknowledged, Is.EqualTo(1));
        await again.ExpectNothingBeforeMarkerAsync();
    }

    [Test]
    public async Task Retry_StaysAwayUntilItsTime()
    {
        var (sender, receiver) = await PairAsync("retry");
        await sender.SendToAsync(receiver.Id);
        await receiver.NextAsync();
        await receiver.RetryAsync(1, 20);
        _clock.Advance(TimeSpan.FromSeconds(19));
        await receiver.ExpectNothingBeforeMarkerAsync();
        Assert.That((await PassUntilAsync(receiver.NextAsync(), TimeSpan.FromSeconds(1))).Attempt, Is.EqualTo(2));
    }

    [Test]
    public async Task Session_IsResumedWithinTwoMinutes_AndNewAfter()
    {
        var device = await _server.ConnectAsync("window");
        var first = await device.Started;
        await device.DisposeAsync();
        await WaitOfflineAsync("window");
        _clock.Advance(TimeSpan.FromSeconds(119));
        var second = await device.ReconnectAsync();
        Assert.That(((await second.Started).SessionId, (await second.Started).Resumed), Is.EqualTo((first.SessionId, true)));
        await second.DisposeAsync();
        await WaitOfflineAsync("window");
        _clock.Advance(TimeSpan.FromSeconds(121));
        var third = await device.ReconnectAsync();
        Assert.That((await third.Started).Resumed, Is.False);
        Assert.That((await third.Started).SessionId, Is.Not.EqualTo(first.SessionId));
    }

    // Another device of the user hears of it; asking REST until it is so would do as well.
    private async Task WaitOfflineAsync(string user)
    {
        using var http = _server.With(await _server.UserTokenAsync(user));
        using var pace = new PeriodicTimer(TimeSpan.FromMilliseconds(20));
        while (!(await http.GetStringAsync("/api/v1/devices")).Contains("\"status\":\"offline\"", StringComparison.Ordinal)) await pace.WaitForNextTickAsync();
    }

    [Test]
    public async Task Token_ThatRunsOut_IsAnnounced_AndEndsTheSession_UnlessRefreshed()
    {
        var refreshed = await _server.ConnectAsync("expiry");
        var left = await _server.ConnectAsync("expiry");
        var end = await PassUntilAsync(left.Expiring, TimeSpan.FromMinutes(1));
        Assert.That(end, Is.EqualTo(left.Registered.Credential.ExpiresAt));
        Assert.That(end - _clock.GetUtcNow(), Is.GreaterThan(TimeSpan.Zero).And.LessThanOrEqualTo(TimeSpan.FromMinutes(5)), "told in time, and not too early");
        using var answer = await _server.Http.PostAsync("/api/v1/devices/token", System.Net.Http.Json.JsonContent.Create(new { refreshed.Registered.Credential.RefreshToken }));
        var credential = await System.Net.Http.Json.HttpContentJsonExtensions.ReadFromJsonAsync<Credential>(answer.Content, Wire.Json);
        await refreshed.Hub.InvokeCoreAsync(nameof(IDeviceHub.RefreshToken), typeof(object), [credential!.AccessToken]);
        Assert.That(await PassUntilAsync(left.EndReason, TimeSpan.FromSeconds(10)), Is.EqualTo("expired"));
        await left.Closed;
        Assert.That((await refreshed.ResumeAsync()).Head, Is.Zero);
    }

    [Test]
    public async Task Receipts_ToldOnAConnectionThatLasts_AreForgotten()
    {
        var (sender, receiver) = await PairAsync("receipts");
        await sender.ResumeAsync();
        async Task SettleAsync(string id, long seq)
        {
            await sender.SendAsync(new { id, to = new { device = receiver.Id }, type = "t", receipts = "final" });
            await receiver.NextAsync();
            await receiver.AcknowledgeAsync(seq);
        }
        await SettleAsync("early", 1);
        await sender.ReceiptAsync();
        for (var second = 0; second < 31; second++) _clock.Advance(TimeSpan.FromSeconds(1));
        await SettleAsync("late", 2);
        await sender.ReceiptAsync();
        using var pace = new PeriodicTimer(TimeSpan.FromMilliseconds(20));
        for (var i = 0; i < 300; i++)
        {
            await using var again = await sender.ReconnectAsync();
            await again.ResumeAsync();
            if ((await again.ReceiptAsync()).Id == "late") return;
            // The first is still being forgotten.
            Assert.That((await again.ReceiptAsync()).Id, Is.EqualTo("late"));
            await pace.WaitForNextTickAsync();
        }
        Assert.Fail("the early receipt came again and again");
    }
}
