using RooCoord.Application.Messages;
using RooCoord.Testing;

namespace RooCoord.Application.Tests;

/// <summary>A withdrawal that a pump hears of before the entry.</summary>
public sealed class WithdrawnTests
{
    [Test]
    public async Task EntryWithdrawnBeforeItIsHandedOver_IsNotSent()
    {
        var (mailbox, link, clock) = (new FakeMailbox(), new FakeLink(), new ManualTimeProvider());
        var pump = FakePump.Of(mailbox.Port, link, clock, windowBytes: 10_000);
        pump.SetWindow(256);
        pump.Start();
        await mailbox.AllReadAsync();
        var (first, second) = (mailbox.Commit(1), mailbox.Commit(2));
        pump.Withdraw(1, "m1");
        pump.Appended(first);
        pump.Appended(second);
        Assert.That(await link.NextAsync(), Is.EqualTo(2));
    }
}
