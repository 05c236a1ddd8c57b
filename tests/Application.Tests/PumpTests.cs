using Moq;
using RooCoord.Application.Messages;
using RooCoord.Application.Sessions;
using RooCoord.Domain.Messages;
using RooCoord.Testing;

namespace RooCoord.Application.Tests;

/// <summary>The pump against a mailbox in memory whose reads the test lets through, to bring about each interleaving.</summary>
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class PumpTests
{
    private readonly FakeMailbox _mailbox = new();
    private readonly FakeLink _link = new();
    private readonly ManualTimeProvider _clock = new();

    private MailboxPump Pump(int window = 256) => Started(FakePump.Of(_mailbox.Port, _link, _clock, windowBytes: 10_000), window);

    private static MailboxPump Started(MailboxPump pump, int window)
    {
        pump.SetWindow(window);
        pump.Start();
        return pump;
    }

    [Test]
    public async Task EntryThatAReadFoundFirst_IsSentOnce_WhenItIsHandedOver()
    {
        var entry = _mailbox.Commit(1);
        var pump = Pump();
        Assert.That(await _link.NextAsync(), Is.EqualTo(1));
        await _mailbox.AllReadAsync();
        pump.Appended(entry);
        pump.Appended(_mailbox.Commit(2));
        Assert.That(await _link.NextAsync(), Is.EqualTo(2));
    }

    [Test]
    public async Task EntriesHandedOverDuringARead_AreSentInOrder()
    {
        _mailbox.Commit(1);
        _mailbox.Hold();
        var pump = Pump();
        await _mailbox.Reading;
        pump.Appended(_mailbox.Commit(2));
        pump.Appended(_mailbox.Commit(3));
        _mailbox.Release();
        Assert.That(await _link.NextAsync(3), Is.EqualTo(new[] { 1L, 2, 3 }));
    }

    [Test]
    public async Task MissedHandOver_IsFoundInTheMailbox()
    {
        var pump = Pump();
        pump.Appended(_mailbox.Commit(1));
        Assert.That(await _link.NextAsync(), Is.EqualTo(1));
        _mailbox.Commit(2);
        pump.Appended(_mailbox.Commit(3));
        Assert.That(await _link.NextAsync(2), Is.EqualTo(new[] { 2L, 3 }));
    }

    [Test]
    public async Task EntryRejectedWhileItIsBeingRead_IsNotSent()
    {
        _mailbox.Commit(1);
        _mailbox.Commit(2);
        _mailbox.Hold();
        var pump = Pump();
        await _mailbox.Reading;
        pump.Removed(1);
        _mailbox.Release();
        Assert.That(await _link.NextAsync(), Is.EqualTo(2));
    }

    [Test]
    public async Task EntryPutOff_ThatCameBackBeforeItsCallWasAnswered_IsNotSentTwice()
    {
        var first = _mailbox.Commit(1);
        _mailbox.Commit(2);
        var pump = Pump();
        await _link.NextAsync(2);
        var attempt = pump.PuttingOff(1);
        _mailbox.PutOff(first);
        // The answer of a later acknowledgement overtakes the one of the call that put the entry off.
        pump.Settled(new Settlement(Priority.Normal, false), 2);
        pump.Recheck();
        Assert.That(await _link.NextAsync(), Is.EqualTo(1));
        pump.Removed(1, _clock.GetUtcNow(), attempt);
        pump.Appended(_mailbox.Commit(3));
        Assert.That(await _link.NextAsync(), Is.EqualTo(3));
    }

    [Test]
    public async Task FailedRead_IsTriedAgain_OnceASecondHasPassed()
    {
        _mailbox.Commit(1);
        _mailbox.FailNext();
        var pump = Pump();
        await _mailbox.Reading;
        while (!_link.Any)
        {
            _clock.Advance(TimeSpan.FromSeconds(1));
            pump.Tick(_clock.GetUtcNow());
            await Task.Yield();
        }
        Assert.That(await _link.NextAsync(), Is.EqualTo(1));
    }

    [Test]
    public async Task Memory_IsBoundedByTheWindow_AndTheRestComesFromTheMailbox()
    {
        var pump = Pump(window: 2);
        await _mailbox.AllReadAsync();
        for (var seq = 1; seq <= 10; seq++) pump.Appended(_mailbox.Commit(seq));
        var seen = new List<long>();
        while (seen.Count < 10)
        {
            var seq = await _link.NextAsync();
            seen.Add(seq);
            pump.Settled(new Settlement(Priority.Normal, false), seq);
        }
        Assert.That(seen, Is.EqualTo(Enumerable.Range(1, 10)));
    }

    [Test]
    public async Task FullFlight_LeavesAllButAQuarterOfTheWindowInTheMailbox()
    {
        var pump = Pump(window: 8);
        await _mailbox.AllReadAsync();
        for (var seq = 1; seq <= 40; seq++) pump.Appended(_mailbox.Commit(seq));
        Assert.That(await _link.NextAsync(8), Is.EqualTo(Enumerable.Range(1, 8)));
        _mailbox.Asked.Clear();
        for (var seq = 1; seq <= 32; seq++)
        {
            pump.Settled(new Settlement(Priority.Normal, false), seq);
            Assert.That(await _link.NextAsync(), Is.EqualTo(seq + 8));
        }
        // Two of the window of 8, and the one that was settled.
        Assert.That(_mailbox.Asked, Is.Not.Empty.And.All.EqualTo(3));
    }

    [Test]
    public async Task EmptyMailbox_IsNotRead_UntilSomethingComes()
    {
        var pump = FakePump.Of(_mailbox.Port, _link, _clock, windowBytes: 10_000);
        pump.SetWindow(8);
        pump.Found(0, isEmpty: true);
        pump.Start();
        pump.Tick(_clock.GetUtcNow());
        Assert.That(_mailbox.Asked, Is.Empty);
        pump.Appended(_mailbox.Commit(1));
        pump.Appended(_mailbox.Commit(2));
        Assert.That(await _link.NextAsync(2), Is.EqualTo(new[] { 1L, 2 }));
        Assert.That(_mailbox.Asked, Is.Empty);
    }

    [Test]
    public async Task EmptyMailbox_IsRead_WhenSomethingCameBeforeDeliveryBegan([Values] bool handedOver)
    {
        var pump = FakePump.Of(_mailbox.Port, _link, _clock, windowBytes: 10_000);
        pump.SetWindow(8);
        var entry = _mailbox.Commit(1);
        if (handedOver) pump.Appended(entry);
        else pump.Recheck();
        pump.Found(0, isEmpty: true);
        pump.Start();
        Assert.That(await _link.NextAsync(), Is.EqualTo(1));
    }

    [Test]
    public async Task WhatIsSentAgain_IsWrittenInNoLargerPieces()
    {
        const int body = 16 * 1024;
        var pump = Started(FakePump.Of(_mailbox.Port, _link, _clock), window: 256);
        for (var seq = 1; seq <= 16; seq++) pump.Appended(_mailbox.Commit(seq, body));
        await _link.NextAsync(16);
        _clock.Advance(Flight.RedeliverAfter);
        IReadOnlyList<Entry> untouched;
        // A pump still at its last write redelivers nothing.
        while ((untouched = pump.Tick(_clock.GetUtcNow())).Count == 0) await Task.Yield();
        pump.Redeliver(untouched);
        Assert.That(await _link.NextAsync(16), Is.EqualTo(Enumerable.Range(1, 16)));
        Assert.That(_link.LargestWrite, Is.LessThanOrEqualTo(4 * body));
    }

    [Test]
    public void StoppedPump_SendsNothing_AndGivesItsFlightBackOnce()
    {
        var pump = Pump();
        Assert.That(pump.Stop(), Is.Empty);
        pump.Appended(_mailbox.Commit(1));
        Assert.That(pump.TrySend(_mailbox.Commit(2).Message), Is.False);
        Assert.That(_link.Any, Is.False);
    }
}
