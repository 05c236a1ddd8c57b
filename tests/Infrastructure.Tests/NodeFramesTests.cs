using RooCoord.Application.Messages;
using RooCoord.Domain.Messages;
using RooCoord.Infrastructure.Nodes;

namespace RooCoord.Infrastructure.Tests;

/// <summary>What one node sends to another in one frame, and how the other sees that it missed one.</summary>
public sealed class NodeFramesTests
{
    private static Committed Entry(long seq, Message message) => new(1, new Entry(seq, 0, message, 1, false, Offer.None));

    private static Message Body(int bytes) => new()
    {
        Id = "m",
        UserKey = 1,
        UserId = "u",
        Type = "t",
        Body = new byte[bytes],
        SentAt = DateTimeOffset.UnixEpoch,
        ExpiresAt = DateTimeOffset.UnixEpoch,
    };

    private static IReadOnlyList<Committed> Entries(int count, Func<Message> message) => [.. Enumerable.Range(1, count).Select(i => Entry(i, message()))];

    [TestCase(1_000, 64 * 1024, 63, TestName = "LargeBodies_AreSpreadOverFrames")]
    [TestCase(2_001, 0, 3, TestName = "ManyEntries_AreSpreadOverFrames")]
    [TestCase(3, 2 * EntryParts.MaxBytes, 3, TestName = "ABodyLargerThanAFrame_IsAFrameOfItsOwn")]
    [TestCase(0, 0, 1, TestName = "Nothing_IsAnEmptyFrame")]
    public void Entries_KeepTheirOrder(int count, int bytes, int frames)
    {
        var entries = Entries(count, () => Body(bytes));
        var parts = EntryParts.Of(entries).ToList();
        Assert.That(parts.SelectMany(p => p), Is.EqualTo(entries));
        Assert.That(parts, Has.Count.EqualTo(frames));
        Assert.That(parts.Where(p => p.Count > 1).Select(p => p.Sum(e => e.Entry.Message.Body.Length)), Is.All.LessThanOrEqualTo(EntryParts.MaxBytes));
    }

    [Test]
    public void AMessageForManyDevices_IsCarriedOnce()
    {
        var message = Body(EntryParts.MaxBytes);
        Assert.That(EntryParts.Of(Entries(EntryParts.MaxEntries, () => message)).ToList(), Has.Count.EqualTo(1));
    }

    [Test]
    public void AMissedFrame_IsSeen_EvenTheFirst()
    {
        var heard = new HeardFrames();
        Assert.That(heard.Hears(1, toAll: false, 1), Is.True);
        Assert.That(heard.Hears(1, toAll: false, 2), Is.True);
        Assert.That(heard.Hears(1, toAll: false, 4), Is.False);
        Assert.That(heard.Hears(1, toAll: false, 5), Is.True);
        Assert.That(heard.Hears(2, toAll: false, 2), Is.False, "the first was missed");
        Assert.That(heard.Hears(2, toAll: true, 7), Is.True, "what it said to all before is none of ours");
        Assert.That(heard.Hears(2, toAll: true, 9), Is.False);
        heard.Forget(1);
        Assert.That(heard.Nodes, Is.EqualTo(new long[] { 2 }));
        Assert.That(heard.Hears(1, toAll: false, 1), Is.True);
    }
}
