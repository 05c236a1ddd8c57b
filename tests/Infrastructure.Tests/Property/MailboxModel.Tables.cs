using RooCoord.Domain.Messages;

namespace RooCoord.Infrastructure.Tests.Property;

internal sealed partial class MailboxModel
{
    private void CompareTables(MailboxTable now)
    {
        Require(now.Open == now.Rows.Values.LongCount(r => r.IsOpen), $"open_entries is {now.Open}, open are {now.Rows.Values.Count(r => r.IsOpen)}");
        Require(now.Rows.Count == 0 || now.Rows.Keys.Max() <= now.Head, "an entry stands beyond the head");
        for (var seq = _before.Head + 1; seq <= now.Head; seq++)
            Require(now.Rows.TryGetValue(seq, out var added) && added is { IsOpen: true, Attempt: 1, Failures: 0 }, $"seq {seq} was assigned and is not there as a new entry");
        foreach (var before in _before.Rows.Values)
        {
            // What is settled may be purged.
            if (now.Rows.TryGetValue(before.Seq, out var after)) Compare(before, after);
            else Require(!before.IsOpen, $"seq {before.Seq} was open and is gone");
        }
        CountFailures(now);
    }

    private void Compare(Row before, Row after)
    {
        var seq = before.Seq;
        Require((after.Id, after.Priority) == (before.Id, before.Priority), $"seq {seq} was {before.Id} and is {after.Id}");
        Require(after.Attempt >= before.Attempt && after.Failures >= before.Failures, $"seq {seq} counts back: {before} to {after}");
        if (!before.IsOpen)
        {
            Require(after.State == before.State, $"seq {seq} was {before.State} and is {after.State}");
            return;
        }
        var reason = after.State switch
        {
            EntryState.Open => before.State == EntryState.Open,
            EntryState.OpenExact => before.State == EntryState.OpenExact || Calls.Retries(seq) > 0,
            EntryState.Acknowledged => before.Offer != Offer.Open && Calls.Acknowledges(before, _before),
            EntryState.Rejected => before.Offer != Offer.Open && Calls.Rejects(seq),
            EntryState.Expired => after.ExpiresAt <= world.Latest && (Calls.FlightReturned || !_flight.Contains(seq)),
            EntryState.Dead => after.Failures >= FlightReturn.MaxFailures || (before.Offer == Offer.Open && Calls.Names(seq)),
            EntryState.Withdrawn => before.Offer == Offer.Open && (Calls.Names(seq) || world.Claimed.Contains(before.Id)),
            _ => false,
        };
        Require(reason, $"seq {seq} was {before.State} and is {after.State}, and nothing was called that does so");
        if (Calls.MustHaveChanged(before, _before))
            Require(!after.IsOpen || (Calls.Retries(seq) > 0 && after.State == EntryState.OpenExact && after.Attempt > before.Attempt), $"seq {seq} is {after.State} after an answered call that settles it or puts it off");
        if (after.IsOpen && !world.Faulted) CompareAttempts(before, after);
    }

    private void CompareAttempts(Row before, Row after)
    {
        var (seq, more) = (before.Seq, after.Attempt - before.Attempt);
        var inFlight = _flight.Contains(seq);
        Require(more <= Calls.Retries(seq) + (inFlight ? 1 : 0), $"seq {seq} went from attempt {before.Attempt} to {after.Attempt}");
        Require(!inFlight || !Calls.FlightReturned || more >= 1, $"seq {seq} was in flight when its connection ended and stays at attempt {before.Attempt}");
    }

    // At each return or repetition of a flight exactly one entry counts a failure: the one sent first.
    private void CountFailures(MailboxTable now)
    {
        if (world.Faulted) return;
        foreach (var before in _before.Rows.Values)
        {
            if (!now.Rows.TryGetValue(before.Seq, out var after)) continue;
            var more = after.Failures - before.Failures - Calls.Retries(before.Seq);
            Require(more <= 0 || (more == 1 && FirstThatFails() == before.Seq), $"seq {before.Seq} went from {before.Failures} failures to {after.Failures}; first in flight is {FirstThatFails()}");
        }
        if (Calls.FlightReturned && FirstThatFails() is > 0 and var failing && now.Rows.TryGetValue(failing, out var first))
            Require(!first.IsOpen || first.Failures > _before.Rows[first.Seq].Failures, $"seq {first.Seq} was first in flight when the connection ended and counts no failure");
    }

    // Offers not won are left out.
    private long FirstThatFails() => _flight.FirstOrDefault(seq => !_before.Rows.TryGetValue(seq, out var row) || row.Offer != Offer.Open);
}
