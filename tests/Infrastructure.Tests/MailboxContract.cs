using System.Text;
using RooCoord.Application.Messages;
using RooCoord.Domain;
using RooCoord.Domain.Devices;
using RooCoord.Domain.Messages;
using RooCoord.Testing;

namespace RooCoord.Infrastructure.Tests;

/// <summary>What <see cref="IMailbox"/> promises, on every engine.</summary>
[TestFixture(Engine.Sqlite)]
[TestFixture(Engine.Postgres)]
public sealed class MailboxContract(Engine engine) : StoreFixture(engine)
{
    private IMailbox Mailbox => Get<IMailbox>();

    private static MailboxHolder Holder(Device device) => new(device.Key, 0);

    private Task<AppendResult> AppendAsync(Device to, Message message) => Mailbox.AppendAsync(message, Target.To([to.Id]), null);

    private async Task<Device> WithEntriesAsync(int count, Priority priority = Priority.Normal)
    {
        var device = await AddDeviceAsync($"user {Guid.NewGuid()}");
        for (var i = 0; i < count; i++) await AppendAsync(device, MessageOf(device, priority: priority));
        return device;
    }

    private async Task<FaultCode?> FaultOfAsync(Task call)
    {
        try { await call; }
        catch (Fault fault) { return fault.Code; }
        return null;
    }

    private async Task<IReadOnlyList<Entry>> ReadAsync(Device device, Priority priority = Priority.Normal) =>
        (await Mailbox.ReadAsync(device.Key, priority, 0, 100, 0, CancellationToken.None)).Entries;

    private async Task<long> AcknowledgedAsync(Device device) => (await Mailbox.PositionAsync(device.Key, CancellationToken.None)).Acknowledged;

    [Test]
    public async Task Append_GivesSeqsWithoutGaps_AndReadGivesTheMessageBack()
    {
        var device = await AddDeviceAsync("fields");
        var sent = MessageOf(device, "fields", Priority.High) with { CorrelationId = "c", Receipts = ReceiptMode.Final };
        Assert.That((await Mailbox.AppendAsync(sent, Target.To([device.Id]), device.Key)).Deliveries, Is.EqualTo(new[] { new AppendedDelivery(device.Id, 1) }));
        Assert.That((await AppendAsync(device, MessageOf(device))).Deliveries[0].Seq, Is.EqualTo(2));
        var read = (await ReadAsync(device, Priority.High)).Single();
        Assert.That((read.Seq, read.Epoch, read.Attempt, read.Exact), Is.EqualTo((1L, 0L, 1, false)));
        Assert.That(Encoding.UTF8.GetString(read.Message.Body.Span), Is.EqualTo(Encoding.UTF8.GetString(sent.Body.Span)));
        Assert.That(read.Message with { Body = default, Digest = 0, Key = 0 }, Is.EqualTo(sent with { Body = default, Digest = 0, Key = 0 }));
        lock (Signal.Entries) Assert.That(Signal.Entries.Where(e => e.DeviceKey == device.Key).Select(e => e.Entry.Seq), Is.EqualTo(new[] { 1L, 2L }));
    }

    [Test]
    public async Task Append_ManyAtOnce_KeepsTheOrderOfTheCalls()
    {
        var devices = new List<Device>();
        for (var i = 0; i < 10; i++) devices.Add(await AddDeviceAsync($"many {i}"));
        var calls = Enumerable.Range(0, 50).Select(i => AppendAsync(devices[i % 10], MessageOf(devices[i % 10]))).ToArray();
        var results = await Task.WhenAll(calls);
        Assert.That(results.Select(r => r.Deliveries[0].Seq), Is.EqualTo(Enumerable.Range(0, 50).Select(i => (long?)(i / 10) + 1)));
    }

    [Test]
    public async Task Append_OfARepeat_AnswersTheFirst_InOneBatchAndLater_AndConflictsOnOtherContent()
    {
        var device = await AddDeviceAsync("repeat");
        var together = await Task.WhenAll(AppendAsync(device, MessageOf(device, "r")), AppendAsync(device, MessageOf(device, "r")));
        var later = await AppendAsync(device, MessageOf(device, "r"));
        Assert.That(together.Append(later).Select(r => (r.Duplicate, r.Deliveries[0].Seq)), Is.EqualTo(new (bool, long?)[] { (false, 1), (true, 1), (true, 1) }));
        Assert.That(await FaultOfAsync(AppendAsync(device, MessageOf(device, "r", digest: 2))), Is.EqualTo(FaultCode.Conflict));
        var other = await AddDeviceAsync("another user with that id");
        Assert.That((await AppendAsync(other, MessageOf(other, "r"))).Duplicate, Is.False);
    }

    [Test]
    public async Task Append_ToAnUnknownOrForeignDevice_StoresNothingAnywhere()
    {
        var (mine, foreign) = (await AddDeviceAsync("mine"), await AddDeviceAsync("foreign"));
        Assert.That(await FaultOfAsync(Mailbox.AppendAsync(MessageOf(mine), Target.To([mine.Id, foreign.Id]), null)), Is.EqualTo(FaultCode.NotFound));
        Assert.That(await FaultOfAsync(Mailbox.AppendAsync(MessageOf(mine), Target.To([mine.Id, "none"]), null)), Is.EqualTo(FaultCode.NotFound));
        Assert.That((await AppendAsync(mine, MessageOf(mine))).Deliveries[0].Seq, Is.EqualTo(1));
    }

    [Test]
    public async Task Append_ToAFullMailbox_IsRefused_UntilSomethingIsSettled()
    {
        var device = await WithEntriesAsync(5);
        Assert.That(await FaultOfAsync(AppendAsync(device, MessageOf(device))), Is.EqualTo(FaultCode.MailboxFull));
        await Mailbox.AcknowledgeAsync(Holder(device), 2, null);
        Assert.That((await AppendAsync(device, MessageOf(device))).Deliveries[0].Seq, Is.EqualTo(6));
        await AppendAsync(device, MessageOf(device));
        Assert.That(await FaultOfAsync(AppendAsync(device, MessageOf(device))), Is.EqualTo(FaultCode.MailboxFull));
    }

    [Test]
    public async Task Acknowledge_IsCumulativeWithinItsPriority_AndRepeatsDoNothing()
    {
        var device = await WithEntriesAsync(2);
        await AppendAsync(device, MessageOf(device, priority: Priority.Low));
        await AppendAsync(device, MessageOf(device));
        var settlement = await Mailbox.AcknowledgeAsync(Holder(device), 2, null);
        await Mailbox.AcknowledgeAsync(Holder(device), 1, null);
        await Mailbox.AcknowledgeAsync(Holder(device), 2, new EntryKind(Priority.Normal, false));
        Assert.That(settlement, Is.EqualTo(new Settlement(Priority.Normal, false, Open: true)));
        Assert.That((await ReadAsync(device)).Select(e => e.Seq), Is.EqualTo(new[] { 4L }));
        Assert.That((await ReadAsync(device, Priority.Low)).Select(e => e.Seq), Is.EqualTo(new[] { 3L }));
        Assert.That(await AcknowledgedAsync(device), Is.EqualTo(2));
    }

    [Test]
    public async Task Settling_WithAnotherFence_IsAConflict_AndBeyondTheHeadInvalid()
    {
        var device = await WithEntriesAsync(1);
        var stale = new MailboxHolder(device.Key, 7);
        Assert.That(await FaultOfAsync(Mailbox.AcknowledgeAsync(stale, 1, null)), Is.EqualTo(FaultCode.Conflict));
        Assert.That(await FaultOfAsync(Mailbox.RejectAsync(stale, 1, null)), Is.EqualTo(FaultCode.Conflict));
        Assert.That(await FaultOfAsync(Mailbox.RetryAsync(stale, 1, Now)), Is.EqualTo(FaultCode.Conflict));
        foreach (var seq in new[] { 2, long.MaxValue })
            Assert.That(await FaultOfAsync(Mailbox.AcknowledgeAsync(Holder(device), seq, null)), Is.EqualTo(FaultCode.Invalid));
        Assert.That(await ReadAsync(device), Has.Count.EqualTo(1));
    }

    [Test]
    public async Task Read_StopsAtItsLimits_AndSaysThatThereIsMore()
    {
        var device = await WithEntriesAsync(3);
        var byCount = await Mailbox.ReadAsync(device.Key, Priority.Normal, 0, 2, 0, CancellationToken.None);
        var byBytes = await Mailbox.ReadAsync(device.Key, Priority.Normal, 0, 100, 20, CancellationToken.None);
        var all = await Mailbox.ReadAsync(device.Key, Priority.Normal, 1, 100, 0, CancellationToken.None);
        Assert.That((byCount.Entries.Count, byCount.More, byBytes.Entries.Count, byBytes.More, all.Entries.Count, all.More), Is.EqualTo((2, true, 2, true, 2, false)));
    }

    [Test]
    public async Task Append_OfSomethingTheEngineRefuses_FailsAlone()
    {
        var device = await AddDeviceAsync("poison");
        var poison = AppendAsync(device, MessageOf(device) with { Body = new byte[] { 0x22, 0xFF, 0x22 } });
        var others = Enumerable.Range(0, 4).Select(_ => AppendAsync(device, MessageOf(device))).ToArray();
        await FaultOfAsync(poison);
        Assert.That((await Task.WhenAll(others)).Select(r => r.Duplicate), Is.All.False);
    }

    [Test]
    public async Task Acknowledge_OfAnEntryPutOff_SettlesItAndEarlierOnesButNoOtherPutOff()
    {
        var device = await WithEntriesAsync(4);
        await Mailbox.RetryAsync(Holder(device), 1, Now);
        await Mailbox.RetryAsync(Holder(device), 3, Now);
        Assert.That(await Mailbox.AcknowledgeAsync(Holder(device), 3, null), Is.EqualTo(new Settlement(Priority.Normal, true, Open: true)));
        Assert.That((await ReadAsync(device)).Select(e => e.Seq), Is.EqualTo(new[] { 4L }));
        Assert.That((await Mailbox.ReadDueAsync(device.Key, Now, 10, CancellationToken.None)).Entries.Select(e => e.Seq), Is.EqualTo(new[] { 1L }));
        await Mailbox.AcknowledgeAsync(Holder(device), 3, null);
        await Mailbox.AcknowledgeAsync(Holder(device), 0, null);
        Assert.That(await AcknowledgedAsync(device), Is.Zero);
        await FillAsync(device, 3);
    }

    [Test]
    public async Task Retry_OfWhatIsPastItsTtl_ClosesIt()
    {
        var device = await AddDeviceAsync("retry ttl");
        await AppendAsync(device, MessageOf(device, ttl: TimeSpan.FromSeconds(1)));
        Clock.Advance(TimeSpan.FromSeconds(2));
        await Mailbox.RetryAsync(Holder(device), 1, Now);
        Assert.That(await AcknowledgedAsync(device), Is.EqualTo(1));
        await FillAsync(device, 5);
    }

    [Test]
    public async Task Append_ThatComesAfterItsTtl_IsExpired_AndNothingIsStored()
    {
        var device = await AddDeviceAsync("late");
        var late = MessageOf(device, ttl: TimeSpan.FromSeconds(1));
        Clock.Advance(TimeSpan.FromSeconds(2));
        Assert.That(await FaultOfAsync(AppendAsync(device, late)), Is.EqualTo(FaultCode.Expired));
        Assert.That((await AppendAsync(device, MessageOf(device))).Deliveries[0].Seq, Is.EqualTo(1));
    }

    [Test]
    public async Task SettlementsInOneBatch_TakeEffectInTheOrderOfTheCalls()
    {
        var device = await WithEntriesAsync(3);
        var reject = Mailbox.RejectAsync(Holder(device), 2, "no");
        var acknowledge = Mailbox.AcknowledgeAsync(Holder(device), 3, null);
        var retry = Mailbox.RetryAsync(Holder(device), 3, Now);
        await Task.WhenAll(reject, acknowledge, retry);
        Assert.That(await AcknowledgedAsync(device), Is.EqualTo(3));
        Assert.That((await Mailbox.ReadDueAsync(device.Key, Now, 10, CancellationToken.None)).Entries, Is.Empty);
        await FillAsync(device, 5);
    }

    // The count of open entries decides when a mailbox is full: it must be exact after every kind of settlement.
    private async Task FillAsync(Device device, int room)
    {
        for (var i = 0; i < room; i++) await AppendAsync(device, MessageOf(device));
        Assert.That(await FaultOfAsync(AppendAsync(device, MessageOf(device))), Is.EqualTo(FaultCode.MailboxFull));
    }

    [Test]
    public async Task Retry_TakesTheEntryOutOfOrder_AndOnlyANamingCallSettlesIt()
    {
        var device = await WithEntriesAsync(2);
        await Mailbox.RetryAsync(Holder(device), 1, Now.AddSeconds(10));
        await Mailbox.AcknowledgeAsync(Holder(device), 2, null);
        Assert.That(await AcknowledgedAsync(device), Is.Zero);
        var early = await Mailbox.ReadDueAsync(device.Key, Now, 10, CancellationToken.None);
        Assert.That((early.Entries.Count, early.NextAt), Is.EqualTo((0, (DateTimeOffset?)Now.AddSeconds(10))));
        var due = (await Mailbox.ReadDueAsync(device.Key, Now.AddSeconds(10), 10, CancellationToken.None)).Entries.Single();
        Assert.That((due.Seq, due.Attempt, due.Exact), Is.EqualTo((1L, 2, true)));
        await Mailbox.AcknowledgeAsync(Holder(device), 1, null);
        Assert.That(await AcknowledgedAsync(device), Is.EqualTo(2));
        await FillAsync(device, 5);
    }

    [Test]
    public async Task Retry_TenTimes_MakesItDead_AndFreesItsPlace()
    {
        var device = await WithEntriesAsync(1);
        for (var i = 0; i < 10; i++) await Mailbox.RetryAsync(Holder(device), 1, Now);
        Assert.That((await Mailbox.ReadDueAsync(device.Key, Now, 10, CancellationToken.None)).Entries, Is.Empty);
        await FillAsync(device, 5);
    }

    [Test]
    public async Task Return_CountsOneAttemptForAll_AndOneFailureForTheFirst()
    {
        var device = await WithEntriesAsync(3);
        for (var round = 1; round <= 9; round++)
            Assert.That(await Mailbox.ReturnAsync(Holder(device), FlightReturn.Of(await ReadAsync(device))!, connectionEnded: true), Is.Empty);
        Assert.That((await ReadAsync(device)).Select(e => e.Attempt), Is.All.EqualTo(10));
        Assert.That(await Mailbox.ReturnAsync(Holder(device), FlightReturn.Of(await ReadAsync(device))!, connectionEnded: true), Is.EqualTo(new[] { 1L }));
        Assert.That((await ReadAsync(device)).Select(e => e.Seq), Is.EqualTo(new[] { 2L, 3L }));
        await FillAsync(device, 3);
    }

    [Test]
    public async Task Return_WhileTheConnectionLasts_NamesWhatWasSettledOrPutOffWithoutItsKnowing()
    {
        var device = await WithEntriesAsync(5);
        var flight = FlightReturn.Of(await ReadAsync(device))!;
        await Mailbox.AcknowledgeAsync(Holder(device), 2, null);
        await Mailbox.RejectAsync(Holder(device), 3, null);
        await Mailbox.RetryAsync(Holder(device), 4, Now);
        Assert.That(await Mailbox.ReturnAsync(Holder(device), flight, connectionEnded: false), Is.EqualTo(new[] { 1L, 2L, 3L, 4L }));
        await AppendAsync(device, MessageOf(device));
        await Mailbox.RetryAsync(Holder(device), 5, Now);
        var withPutOff = FlightReturn.Of([.. await ReadAsync(device), .. (await Mailbox.ReadDueAsync(device.Key, Now, 10, CancellationToken.None)).Entries])! with { Ranges = [new(Priority.Normal, 4, 6)] };
        Assert.That(await Mailbox.ReturnAsync(Holder(device), withPutOff, connectionEnded: false), Is.Empty);
        await Mailbox.AcknowledgeAsync(Holder(device), 4, null);
        Assert.That(await Mailbox.ReturnAsync(Holder(device), withPutOff, connectionEnded: false), Is.EqualTo(new[] { 4L }));
        await FillAsync(device, 3);
    }

    [Test]
    public async Task Return_AtTheEndOfAConnection_ExpiresWhatIsPastItsTtl()
    {
        var device = await AddDeviceAsync("ttl");
        await AppendAsync(device, MessageOf(device, ttl: TimeSpan.FromSeconds(1)));
        await AppendAsync(device, MessageOf(device));
        var flight = FlightReturn.Of(await ReadAsync(device))!;
        Clock.Advance(TimeSpan.FromSeconds(2));
        Assert.That(await Mailbox.ReturnAsync(Holder(device), flight, connectionEnded: false), Is.Empty);
        Assert.That(await Mailbox.ReturnAsync(Holder(device), flight, connectionEnded: true), Is.EqualTo(new[] { 1L }));
        await FillAsync(device, 4);
    }
}
