using Microsoft.AspNetCore.SignalR.Client;
using RooCoord.Testing;

namespace RooCoord.Api.Tests;

[TestFixture(Engine.Sqlite)]
[TestFixture(Engine.Postgres)]
public sealed class DeliveryTests(Engine engine) : EngineFixture(engine)
{
    protected override string[] Settings => ["--RooCoord:Limits:WindowBytes=100000", "--RooCoord:Limits:MailboxEntries=50"];

    [Test]
    public async Task OfflineDevice_CatchesUpInOrder_WhenItResumes()
    {
        var user = NewUser();
        var sender = await Server.ConnectAsync(user);
        var registered = await Server.RegisterAsync(user);
        for (var i = 1; i <= 20; i++) await sender.SendToAsync(registered.Device.Id, $"m{i}");
        var receiver = await TestDevice.ConnectAsync(Server.Url, registered);
        var position = await receiver.ResumeAsync();
        Assert.That((position.Epoch, position.Head, position.Acknowledged), Is.EqualTo((0L, 20L, 0L)));
        Assert.That((await receiver.NextAsync(20)).Select(m => m.Seq), Is.EqualTo(Enumerable.Range(1, 20)));
    }

    [Test]
    public async Task Window_HoldsBackWhatIsBeyondIt_UntilSomethingIsSettled()
    {
        var (sender, receiver) = await PairAsync(window: 2);
        for (var i = 1; i <= 5; i++) await sender.SendToAsync(receiver.Id);
        await receiver.NextAsync(2);
        await receiver.AcknowledgeAsync(1);
        Assert.That((await receiver.NextAsync()).Seq, Is.EqualTo(3));
        Assert.That(receiver.Waiting, Is.Zero);
        await receiver.ResumeAsync(window: 4);
        Assert.That((await receiver.NextAsync(2)).Select(m => m.Seq), Is.EqualTo(new long?[] { 4, 5 }));
    }

    [Test]
    public async Task WindowBytes_HoldBackLargeBodies()
    {
        var (sender, receiver) = await PairAsync();
        for (var i = 1; i <= 3; i++) await sender.SendToAsync(receiver.Id, body: new string('x', 45_000));
        await receiver.NextAsync(2);
        await sender.SendToAsync(receiver.Id, body: "small, but after the third");
        Assert.That(receiver.Waiting, Is.Zero);
        await receiver.AcknowledgeAsync(2);
        Assert.That((await receiver.NextAsync(2)).Select(m => m.Seq), Is.EqualTo(new long?[] { 3, 4 }));
    }

    [Test]
    public async Task Acknowledge_SettlesEarlierOnesOfItsPriorityOnly()
    {
        var (sender, receiver) = await PairAsync();
        await sender.SendToAsync(receiver.Id, priority: "low");
        await sender.SendToAsync(receiver.Id);
        await sender.SendToAsync(receiver.Id);
        await receiver.NextAsync(3);
        await receiver.AcknowledgeAsync(3);
        await receiver.DisposeAsync();
        var again = await receiver.ReconnectAsync();
        Assert.That((await again.ResumeAsync()).Acknowledged, Is.Zero);
        var left = await again.NextAsync();
        Assert.That((left.Seq, left.Attempt), Is.EqualTo(((long?)1, (int?)2)));
        await again.AcknowledgeAsync(1);
        Assert.That((await again.ResumeAsync()).Acknowledged, Is.EqualTo(3));
    }

    [Test]
    public async Task HigherPriority_OvertakesWhatWasNotSent()
    {
        var (sender, receiver) = await PairAsync(window: 1);
        await sender.SendToAsync(receiver.Id, "first");
        Assert.That((await receiver.NextAsync()).Id, Is.EqualTo("first"));
        foreach (var priority in new[] { "low", "normal", "high", "critical" }) await sender.SendToAsync(receiver.Id, priority, priority: priority);
        var order = new List<string>();
        for (var seq = 1L; order.Count < 4;)
        {
            await receiver.AcknowledgeAsync(seq);
            var next = await receiver.NextAsync();
            order.Add(next.Id);
            seq = next.Seq!.Value;
        }
        Assert.That(order, Is.EqualTo(new[] { "critical", "high", "normal", "low" }));
    }

    [Test]
    public async Task Reconnect_SendsAgainWhatWasInFlight_WithOneAttemptMore_AndTheRestWithItsOwn()
    {
        var (sender, receiver) = await PairAsync(window: 2);
        for (var i = 0; i < 3; i++) await sender.SendToAsync(receiver.Id);
        await receiver.NextAsync(2);
        await receiver.DisposeAsync();
        var again = await receiver.ReconnectAsync();
        Assert.That((await again.Started).Resumed, Is.True);
        await again.ResumeAsync();
        Assert.That((await again.NextAsync(3)).Select(m => (m.Seq, m.Attempt)), Is.EqualTo(new (long?, int?)[] { (1, 2), (2, 2), (3, 1) }));
    }

    [Test]
    public async Task Resume_WithAfter_AcknowledgesFirst_AndBeyondTheHeadIsAConflict()
    {
        var (sender, receiver) = await PairAsync();
        for (var i = 0; i < 3; i++) await sender.SendToAsync(receiver.Id);
        await receiver.NextAsync(3);
        await receiver.DisposeAsync();
        var again = await receiver.ReconnectAsync();
        Assert.That(await CodeOfAsync(again.ResumeAsync(99)), Is.EqualTo("conflict"));
        Assert.That((await again.ResumeAsync(2)).Acknowledged, Is.EqualTo(2));
        Assert.That((await again.NextAsync()).Seq, Is.EqualTo(3));
        // A later call on the same connection ignores `after`.
        Assert.That((await again.ResumeAsync(3)).Acknowledged, Is.EqualTo(2));
    }

    [TestCase(0)]
    [TestCase(1025)]
    [TestCase(-1)]
    [TestCase(1.5)]
    [TestCase(3e30)]
    public async Task Resume_WithABadWindow_IsInvalid(double window)
    {
        var device = await Server.ConnectAsync(NewUser());
        Assert.That(await CodeOfAsync(device.Hub.InvokeAsync(nameof(RooCoord.Contracts.IDeviceHub.Resume), 0, window)), Is.EqualTo("invalid"));
        Assert.That(await CodeOfAsync(device.Hub.InvokeAsync(nameof(RooCoord.Contracts.IDeviceHub.Resume), -1, 10)), Is.EqualTo("invalid"));
        await device.ResumeAsync();
    }

    [Test]
    public async Task SettlingBeyondTheHead_IsInvalid()
    {
        var (_, receiver) = await PairAsync();
        Assert.That(await CodeOfAsync(receiver.AcknowledgeAsync(1)), Is.EqualTo("invalid"));
        Assert.That(await CodeOfAsync(receiver.RejectAsync(1)), Is.EqualTo("invalid"));
        Assert.That(await CodeOfAsync(receiver.RetryAsync(1, 1)), Is.EqualTo("invalid"));
    }

    [Test]
    public async Task Reject_SettlesThatEntryAlone_AndAgainDoesNothing()
    {
        var (sender, receiver) = await PairAsync();
        for (var i = 0; i < 3; i++) await sender.SendToAsync(receiver.Id);
        await receiver.NextAsync(3);
        await receiver.RejectAsync(2, "broken");
        await receiver.RejectAsync(2, "broken");
        await receiver.DisposeAsync();
        var again = await receiver.ReconnectAsync();
        await again.ResumeAsync();
        Assert.That((await again.NextAsync(2)).Select(m => m.Seq), Is.EqualTo(new long?[] { 1, 3 }));
    }

    [Test]
    public async Task Retry_ComesBackWithOneAttemptMore_AndOnlyANamingCallSettlesIt()
    {
        var (sender, receiver) = await PairAsync();
        for (var i = 0; i < 3; i++) await sender.SendToAsync(receiver.Id);
        await receiver.NextAsync(3);
        await receiver.RetryAsync(1, 0);
        var back = await receiver.NextAsync();
        Assert.That((back.Seq, back.Attempt), Is.EqualTo(((long?)1, (int?)2)));
        await receiver.AcknowledgeAsync(3);
        Assert.That((await receiver.ResumeAsync()).Acknowledged, Is.Zero);
        await receiver.AcknowledgeAsync(1);
        Assert.That((await receiver.ResumeAsync()).Acknowledged, Is.EqualTo(3));
    }

    [Test]
    public async Task Retries_MoreThanTheWindowTakes_AllComeBack_ButWhatWasAcknowledgedMeanwhile()
    {
        var (sender, receiver) = await PairAsync(window: 4);
        for (var i = 0; i < 4; i++) await sender.SendToAsync(receiver.Id);
        await receiver.NextAsync(4);
        await receiver.ResumeAsync(window: 1);
        foreach (var seq in new[] { 4, 3, 2, 1 }) await receiver.RetryAsync(seq, 0);
        var first = (await receiver.NextAsync()).Seq!.Value;
        var dropped = first == 2 ? 3 : 2;
        await receiver.AcknowledgeAsync(dropped);
        var seen = new List<long> { first };
        while (seen.Count < 3)
        {
            await receiver.AcknowledgeAsync(seen[^1]);
            seen.Add((await receiver.NextAsync()).Seq!.Value);
        }
        await receiver.AcknowledgeAsync(seen[^1]);
        Assert.That(seen.Order(), Is.EqualTo(new[] { 1L, 2, 3, 4 }.Where(s => s != dropped)));
        Assert.That((await receiver.ResumeAsync(window: 4)).Acknowledged, Is.EqualTo(4));
    }

    [Test]
    public async Task Acknowledge_CalledBeforeRetryWasAnswered_SettlesTheEntry()
    {
        var (sender, receiver) = await PairAsync();
        await sender.SendToAsync(receiver.Id);
        await receiver.NextAsync();
        await Task.WhenAll(receiver.RetryAsync(1, 0), receiver.AcknowledgeAsync(1));
        Assert.That((await receiver.ResumeAsync()).Acknowledged, Is.EqualTo(1));
    }

    [Test]
    public async Task EntryThatCameBackFromRetry_StaysInFlight_WhenLaterOnesAreAcknowledged()
    {
        var (sender, receiver) = await PairAsync();
        await sender.SendToAsync(receiver.Id);
        await sender.SendToAsync(receiver.Id);
        await receiver.NextAsync(2);
        await receiver.RetryAsync(1, 0);
        await receiver.NextAsync();
        await receiver.AcknowledgeAsync(2);
        await receiver.DisposeAsync();
        var again = await receiver.ReconnectAsync();
        await again.ResumeAsync();
        var left = await again.NextAsync();
        Assert.That((left.Seq, left.Attempt), Is.EqualTo(((long?)1, (int?)3)));
    }

    [Test]
    public async Task Retry_ForTheTenthTime_MakesItDead()
    {
        var (sender, receiver) = await PairAsync();
        await sender.SendToAsync(receiver.Id);
        for (var attempt = 1; attempt <= 10; attempt++)
        {
            Assert.That((await receiver.NextAsync()).Attempt, Is.EqualTo(attempt));
            await receiver.RetryAsync(1, 0);
        }
        Assert.That((await receiver.ResumeAsync()).Acknowledged, Is.EqualTo(1));
        await receiver.ExpectNothingBeforeMarkerAsync();
    }

    [Test]
    public async Task Send_WhenTheMailboxIsFull_IsRefused_AndTakesAgainOnceThereIsRoom()
    {
        var user = NewUser();
        var (sender, receiver) = await PairAsync(user);
        var other = await Server.RegisterAsync(user, "other");
        for (var i = 0; i < 50; i++) await sender.SendToAsync(receiver.Id);
        Assert.That(await CodeOfAsync(sender.SendToAsync(receiver.Id, "late")), Is.EqualTo("mailbox_full"));
        var both = await sender.SendAsync(new { id = "both", to = new { devices = new[] { receiver.Id, other.Device.Id } }, type = "t" });
        Assert.That(both.Deliveries.Select(d => (d.State, d.Seq, d.Reason)), Is.EqualTo(new (string, long?, string?)[] { ("refused", null, "mailbox_full"), ("stored", 1, null) }));
        await receiver.NextAsync(50);
        await receiver.AcknowledgeAsync(50);
        Assert.That((await sender.SendToAsync(receiver.Id, "late")).Deliveries[0].Seq, Is.EqualTo(51));
    }

    [Test]
    public async Task Send_ThatIsRefusedEverywhere_IsNotRemembered()
    {
        var (sender, receiver) = await PairAsync();
        Assert.That(await CodeOfAsync(sender.SendToAsync("nobody", "id1")), Is.EqualTo("not_found"));
        Assert.That((await sender.SendToAsync(receiver.Id, "id1", "other content")).Duplicate, Is.False);
    }
}
