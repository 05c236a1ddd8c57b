using RooCoord.Contracts;

namespace RooCoord.EndToEnd.Tests.Crash;

/// <summary>The checker finds each fault that is planted into a good history.</summary>
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
internal sealed class CrashCheckerTests
{
    private const string Device = "d";

    private readonly List<CrashLine> _lines = [];

    // Four messages, of which the third is high; the second one is put off; a connection is lost; all ends well.
    public CrashCheckerTests()
    {
        foreach (var (seq, priority) in new[] { (1L, "normal"), (2, "normal"), (3, "high"), (4, "normal") })
        {
            _lines.Add(new CrashLine.Sending(Id(seq), priority, [Device]));
            _lines.Add(Confirmed(seq));
        }
        _lines.Add(new CrashLine.Connected(Device));
        _lines.Add(Received(3, "high"));
        _lines.Add(Received(1));
        _lines.Add(Received(2));
        _lines.Add(new CrashLine.Retrying(Device, 2));
        _lines.Add(new CrashLine.Acknowledged(Device, 1));
        _lines.Add(Received(4));
        _lines.Add(new CrashLine.Connected(Device));
        _lines.Add(Received(3, "high", attempt: 2));
        _lines.Add(Received(4, attempt: 2));
        _lines.Add(new CrashLine.Acknowledged(Device, 4));
        _lines.Add(Received(2, attempt: 2));
        _lines.Add(new CrashLine.Acknowledged(Device, 2));
        _lines.Add(new CrashLine.Rejected(Device, 3));
        _lines.Add(Confirmed(1, duplicate: true));
        _lines.Add(new CrashLine.Drained(Device, new(0, 4, 4)));
    }

    private static string Id(long seq) => $"m{seq}";

    private static CrashLine.Confirmed Confirmed(long seq, bool duplicate = false, long? at = null) =>
        new(Id(seq), duplicate, [new Delivery(Device, at ?? seq, "stored", null)]);

    private static CrashLine.Received Received(long seq, string priority = "normal", int attempt = 1, string? id = null) =>
        new(Device, seq, id ?? Id(seq), priority, attempt, 0);

    private void Insert(Predicate<CrashLine> before, CrashLine line) => _lines.Insert(_lines.FindIndex(before), line);

    private void Remove<T>(Predicate<T> which) where T : CrashLine => _lines.RemoveAll(l => l is T line && which(line));

    private void BeforeTheEnd(CrashLine line) => Insert(l => l is CrashLine.Drained, line);

    private void AssertFound(string violation) => Assert.That(CrashChecker.Check(_lines), Has.Some.Contains(violation));

    [Test]
    public void AGoodHistory_IsFoundGood() => Assert.That(CrashChecker.Check(_lines), Is.Empty);

    [Test]
    public void AConfirmedMessageThatNeverCame_IsFound()
    {
        Remove<CrashLine.Received>(r => r.Seq == 4);
        Remove<CrashLine.Acknowledged>(a => a.Seq == 4);
        AssertFound("seq 4 (m4) was confirmed and never came");
    }

    [Test]
    public void AnEntryThatCameAfterItsAcknowledgement_IsFound([Values(1, 2, 4)] long seq)
    {
        BeforeTheEnd(new CrashLine.Connected(Device));
        BeforeTheEnd(Received(seq, attempt: 9));
        AssertFound($"seq {seq} came again after the answered Acknowledge({seq})");
    }

    [Test]
    public void AnEntryThatCameAfterItsRejection_IsFound()
    {
        BeforeTheEnd(new CrashLine.Connected(Device));
        BeforeTheEnd(Received(3, "high", attempt: 9));
        AssertFound("seq 3 came again after the answered Reject(3)");
    }

    [Test]
    public void AnEarlierEntryOfThePriority_IsSettledByACumulativeAcknowledgement()
    {
        Remove<CrashLine.Acknowledged>(a => a.Seq == 1);
        BeforeTheEnd(new CrashLine.Connected(Device));
        BeforeTheEnd(Received(1, attempt: 9));
        AssertFound("seq 1 came again after the answered Acknowledge(4)");
    }

    [Test]
    public void AnEntryPutOff_IsNotSettledByACumulativeAcknowledgement()
    {
        Insert(l => l is CrashLine.Acknowledged { Seq: 2 }, new CrashLine.Connected(Device));
        Insert(l => l is CrashLine.Acknowledged { Seq: 2 }, Received(2, attempt: 3));
        Assert.That(CrashChecker.Check(_lines), Is.Empty);
    }

    [Test]
    public void EntriesOfOnePriorityInAnotherOrder_AreFound()
    {
        Remove<CrashLine.Received>(r => r is { Seq: 1, Attempt: 1 });
        Insert(l => l is CrashLine.Retrying, Received(1));
        AssertFound("seq 1 came after 2 of normal on one connection");
        AssertFound("seq 1 first came after 2 of normal");
    }

    [Test]
    public void AnEntryPassedOverUntilTheNextConnection_IsFound()
    {
        Remove<CrashLine.Received>(r => r is { Seq: 1 });
        Remove<CrashLine.Acknowledged>(a => a.Seq == 1);
        Insert(l => l is CrashLine.Received { Seq: 4, Attempt: 2 }, Received(1, attempt: 2));
        AssertFound("seq 1 first came after 4 of normal");
    }

    [Test]
    public void AnEntryTwiceOnOneConnection_IsFound()
    {
        Insert(l => l is CrashLine.Acknowledged { Seq: 4 }, Received(4, attempt: 2));
        AssertFound("seq 4 came after 4 of normal on one connection");
    }

    [Test]
    public void AnEntryPutOffOnce_ThatComesTwice_IsFound()
    {
        Insert(l => l is CrashLine.Acknowledged { Seq: 2 }, Received(2, attempt: 2));
        AssertFound("seq 2 came twice on a connection with attempt 2");
    }

    [Test]
    public void TwoIdsOnOneSeq_AreFound_WhoeverWasToldOfThem()
    {
        BeforeTheEnd(new CrashLine.Sending("other", "low", [Device]));
        BeforeTheEnd(new CrashLine.Confirmed("other", false, [new Delivery(Device, 3, "stored", null)]));
        AssertFound("seq 3 carries two ids, m3 and other");
    }

    [Test]
    public void TwoSeqsForOneId_AreFound()
    {
        BeforeTheEnd(Received(5, id: "m4"));
        AssertFound("m4 has two seqs, 4 and 5");
    }

    [Test]
    public void ARepeatAnsweredOtherwise_IsFound()
    {
        BeforeTheEnd(Confirmed(4, duplicate: true, at: 5));
        AssertFound("m4 was answered otherwise the second time");
    }

    [Test]
    public void ARepeatTakenForANewMessage_IsFound()
    {
        BeforeTheEnd(Confirmed(4));
        AssertFound("m4 was confirmed twice, and not as a duplicate");
    }

    [Test]
    public void AnAttemptThatGoesBack_IsFound()
    {
        Remove<CrashLine.Received>(r => r is { Seq: 3, Attempt: 1 });
        Insert(l => l is CrashLine.Received { Seq: 1 }, Received(3, "high", attempt: 3));
        AssertFound("seq 3 came with attempt 2 after 3");
    }

    [Test]
    public void AMessageNobodySentThere_IsFound()
    {
        BeforeTheEnd(Received(5, id: "stray"));
        AssertFound("stray was never sent there");
    }

    [Test]
    public void AMessageOfAnotherPriority_IsFound()
    {
        Remove<CrashLine.Received>(r => r is { Seq: 3, Attempt: 1 });
        Insert(l => l is CrashLine.Received { Seq: 1 }, Received(3, "low"));
        AssertFound("m3 was sent as high and came as low");
    }

    [Test]
    public void AMessageNeverConfirmed_IsFound()
    {
        BeforeTheEnd(new CrashLine.Sending("open", "low", [Device]));
        AssertFound("open was never confirmed");
    }

    [TestCase(5, 4, "seq 5 is a gap that stayed")]
    [TestCase(4, 3, "after seq 3 something stayed open")]
    [TestCase(3, 3, "the head 3 is behind seq 4")]
    public void AMailboxThatEndsElsewhere_IsFound(long head, long acknowledged, string violation)
    {
        _lines[^1] = new CrashLine.Drained(Device, new(0, head, acknowledged));
        AssertFound(violation);
    }

    [Test]
    public void AMailboxNeverDrained_IsFound()
    {
        Remove<CrashLine.Drained>(_ => true);
        AssertFound("d: was never drained");
    }
}
