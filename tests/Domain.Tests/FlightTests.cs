using RooCoord.Domain.Messages;

namespace RooCoord.Domain.Tests;

public sealed class FlightTests
{
    private static readonly DateTimeOffset Start = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    private static Entry Entry(long seq, Priority priority = Priority.Normal, bool exact = false) => new(seq, 0, new Message
    {
        Id = $"m{seq}",
        UserKey = 1,
        UserId = "u",
        Type = "t",
        Body = "1"u8.ToArray(),
        Priority = priority,
        SentAt = Start,
        ExpiresAt = Start.AddDays(1),
    }, 1, exact);

    private static Flight With(params Entry[] entries)
    {
        var flight = new Flight(1000) { Window = 4 };
        foreach (var entry in entries) flight.Add(entry, 100, Start);
        return flight;
    }

    [Test]
    public void HasRoom_UntilTheWindowOrItsBytesAreFull()
    {
        Assert.That(With(Entry(1), Entry(2), Entry(3)).HasRoom(100), Is.True);
        Assert.That(With(Entry(1), Entry(2), Entry(3), Entry(4)).HasRoom(100), Is.False);
        Assert.That(With(Entry(1)).HasRoom(901), Is.False);
    }

    [Test]
    public void HasRoom_ForOneEntryAlways_HoweverLarge() => Assert.That(With().HasRoom(1_000_000), Is.True);

    [Test]
    public void SettleThrough_LeavesOtherPrioritiesAndExactOnes()
    {
        var flight = With(Entry(1), Entry(2, Priority.High), Entry(3, exact: true), Entry(4));
        flight.SettleThrough(Priority.Normal, 4);
        Assert.That(flight.InSendOrder().Select(e => e.Seq), Is.EqualTo(new[] { 2L, 3L }));
    }

    [Test]
    public void SettleThrough_AfterAnEntryWasRemoved_GoesOnBehindIt()
    {
        var flight = With(Entry(1), Entry(2), Entry(3));
        flight.Remove(1);
        flight.SettleThrough(Priority.Normal, 2);
        Assert.That(flight.InSendOrder().Select(e => e.Seq), Is.EqualTo(new[] { 3L }));
    }

    [Test]
    public void SettleThrough_LeavesAnEntryThatCameBackFromRetry()
    {
        var flight = With(Entry(1), Entry(2));
        flight.Remove(1);
        flight.Add(Entry(1, exact: true), 100, Start);
        flight.SettleThrough(Priority.Normal, 2);
        Assert.That(flight.InSendOrder().Select(e => e.Seq), Is.EqualTo(new[] { 1L }));
    }

    [Test]
    public void Deadline_RunsFromTheFirstSendIntoAnEmptyFlight_AndIsRestarted()
    {
        var flight = With(Entry(1));
        flight.Add(Entry(2), 100, Start.AddSeconds(10));
        Assert.That(flight.Deadline, Is.EqualTo(Start.AddSeconds(30)));
        flight.Touch(Start.AddSeconds(20));
        Assert.That(flight.Deadline, Is.EqualTo(Start.AddSeconds(50)));
        flight.SettleThrough(Priority.Normal, 2);
        Assert.That(flight.Deadline, Is.Null);
    }

    [Test]
    public void Redeliver_GivesAllInSendOrderWithOneAttemptMore()
    {
        var flight = With(Entry(5, Priority.Critical), Entry(1), Entry(2));
        Assert.That(flight.Redeliver(Start).Select(e => (e.Seq, e.Attempt)), Is.EqualTo(new[] { (5L, 2), (1L, 2), (2L, 2) }));
        Assert.That(flight.Redeliver(Start).Select(e => e.Attempt), Is.All.EqualTo(3));
    }

    [Test]
    public void Return_NamesRangesAPriority_ExactOnesOneByOne_AndTheFirstSentAsFailing()
    {
        var flight = FlightReturn.Of(With(Entry(7, Priority.High), Entry(2), Entry(3, exact: true), Entry(5)).InSendOrder())!;
        Assert.That(flight.Ranges, Is.EquivalentTo(new[] { new FlightReturn.Range(Priority.High, 7, 7), new FlightReturn.Range(Priority.Normal, 2, 5) }));
        Assert.That((flight.Single, flight.Failing), Is.EqualTo(((long[])[3], (long?)7)));
        Assert.That(FlightReturn.Of([]), Is.Null);
    }

    [Test]
    public void Offer_IsSettledWithOthersOnlyOnceItIsWon_AndNeverFails()
    {
        var offer = Entry(1) with { Offer = Offer.Open };
        var flight = With(offer, Entry(2));
        Assert.That(FlightReturn.Of(flight.InSendOrder())!.Failing, Is.EqualTo(2));
        flight.SettleThrough(Priority.Normal, 2);
        Assert.That(flight.InSendOrder().Select(e => e.Seq), Is.EqualTo(new[] { 1L }));
        Assert.That(FlightReturn.Of(flight.InSendOrder())!.Failing, Is.Null);
        flight.Won(1);
        Assert.That(FlightReturn.Of(flight.InSendOrder())!, Has.Property(nameof(FlightReturn.Failing)).EqualTo(1).And.Property(nameof(FlightReturn.Single)).EqualTo(new[] { 1L }));
        flight.SettleThrough(Priority.Normal, 2);
        Assert.That(flight.Count, Is.Zero);
    }

    [Test]
    public void Offer_WonBeforeItIsSent_IsInFlightAsWon()
    {
        var flight = With();
        flight.Won(3);
        flight.Add(Entry(3) with { Offer = Offer.Open }, 1, Start);
        flight.SettleThrough(Priority.High, 5);
        Assert.That(flight.Count, Is.EqualTo(1));
        flight.SettleThrough(Priority.Normal, 3);
        Assert.That(flight.Count, Is.Zero);
    }
}
