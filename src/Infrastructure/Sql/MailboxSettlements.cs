using RooCoord.Application.Messages;
using RooCoord.Domain;
using RooCoord.Domain.Messages;

namespace RooCoord.Infrastructure.Sql;

/// <summary>
/// Settlements of one batch. Cumulative acknowledgements only move cursors, and are written once for each mailbox;
/// what names single entries runs in its turn, after the cursor of its mailbox was written.
/// </summary>
internal sealed class MailboxSettlements(ISqlTransaction transaction, Dictionary<long, MailboxCursor> mailboxes, HashSet<long> changed, DateTimeOffset now)
{
    private readonly Dictionary<(long Device, Priority Priority), long> _cursors = [];
    private readonly long _now = now.ToUnixTimeMilliseconds();

    public async ValueTask RunAsync(List<ISettleWork> works)
    {
        foreach (var work in works)
        {
            try
            {
                if (!mailboxes.TryGetValue(work.Holder.DeviceKey, out var mailbox)) throw Fault.NotFound("device");
                // A flight may come back late: it settles nothing a newer connection could miss.
                if (work is not ReturnWork) mailbox.Require(work.Holder.Fence);
                await RunAsync(work, mailbox).ConfigureAwait(false);
            }
            catch (Fault fault) { work.Fault = fault; }
        }
        await MoveCursorsAsync(device: null).ConfigureAwait(false);
    }

    private async ValueTask RunAsync(ISettleWork work, MailboxCursor mailbox)
    {
        switch (work)
        {
            case AcknowledgeWork acknowledge:
                mailbox.RequireAssigned(acknowledge.Seq);
                acknowledge.Outcome = await AcknowledgeAsync(acknowledge, mailbox).ConfigureAwait(false);
                break;
            case RejectWork reject:
                mailbox.RequireAssigned(reject.Seq);
                await SettleOneAsync(reject.Holder.DeviceKey, reject.Seq, mailbox, EntryState.Rejected, reject.Reason).ConfigureAwait(false);
                break;
            case RetryWork retry:
                mailbox.RequireAssigned(retry.Seq);
                await RetryAsync(retry, mailbox).ConfigureAwait(false);
                break;
            case ReturnWork returned:
                returned.Outcome = await ReturnAsync(returned, mailbox).ConfigureAwait(false);
                break;
        }
    }

    private async ValueTask<Settlement> AcknowledgeAsync(AcknowledgeWork work, MailboxCursor mailbox)
    {
        var device = work.Holder.DeviceKey;
        if ((work.Known ?? await LookUpAsync(device, work.Seq).ConfigureAwait(false)) is not { } kind) return default;
        if (kind.Exact)
            await SettleOneAsync(device, work.Seq, mailbox, EntryState.Acknowledged, null).ConfigureAwait(false);
        if (work.Seq > mailbox.Acknowledged[(int)kind.Priority])
            _cursors[(device, kind.Priority)] = Math.Max(work.Seq, _cursors.GetValueOrDefault((device, kind.Priority)));
        return new(kind.Priority, kind.Exact);
    }

    private async ValueTask<EntryKind?> LookUpAsync(long device, long seq)
    {
        var found = await transaction.QueryEachAsync(EntrySql.Find, [(device, seq)]).ConfigureAwait(false);
        return found[0] is { } entry ? new(entry.Priority, entry.State == EntryState.OpenExact) : null;
    }

    private async ValueTask SettleOneAsync(long device, long seq, MailboxCursor mailbox, EntryState state, string? reason)
    {
        await MoveCursorsAsync(device).ConfigureAwait(false);
        var rows = await transaction.QueryEachAsync(EntrySql.Settle, [new(device, seq, mailbox, state, reason, _now)]).ConfigureAwait(false);
        if (rows[0] != 0) Closed(device, mailbox, 1);
    }

    private async ValueTask RetryAsync(RetryWork work, MailboxCursor mailbox)
    {
        var device = work.Holder.DeviceKey;
        await MoveCursorsAsync(device).ConfigureAwait(false);
        var states = await transaction.QueryEachAsync(
            EntrySql.Retry, [new(device, work.Seq, mailbox, work.DueAt.ToUnixTimeMilliseconds(), _now)]).ConfigureAwait(false);
        if (states[0] is EntryState.Dead) Closed(device, mailbox, 1);
        // In flight its TTL did not count; put off, it does.
        var expired = await EntrySql.ExpireAsync(transaction, device, null, work.Seq, work.Seq, _now).ConfigureAwait(false);
        Closed(device, mailbox, expired.Count());
    }

    private async ValueTask<IReadOnlyList<long>> ReturnAsync(ReturnWork work, MailboxCursor mailbox)
    {
        var device = work.Holder.DeviceKey;
        var settled = new List<long>();
        await MoveCursorsAsync(device).ConfigureAwait(false);
        foreach (var range in work.Flight.Ranges)
        {
            var first = Math.Max(range.First, mailbox.Acknowledged[(int)range.Priority] + 1);
            await transaction.ExecuteEachAsync(EntrySql.CountAttempts, [(device, range.Priority, first, range.Last)]).ConfigureAwait(false);
        }
        await transaction.ExecuteEachAsync(EntrySql.CountAttempt, [.. work.Flight.Exact.Select(seq => (device, seq))]).ConfigureAwait(false);
        var failed = await transaction.QueryEachAsync(EntrySql.Fail, [new(device, work.Flight.Failing, mailbox, null, _now)]).ConfigureAwait(false);
        if (failed[0] is EntryState.Dead) settled.Add(work.Flight.Failing);
        if (work.ConnectionEnded) settled.AddRange(await ExpireAsync(device, work.Flight, mailbox).ConfigureAwait(false));
        Closed(device, mailbox, settled.Count);
        if (!work.ConnectionEnded) settled.AddRange(await NotInFlightAsync(device, work.Flight, mailbox).ConfigureAwait(false));
        return settled;
    }

    // A call whose answer was lost may have settled or put off what the connection still takes for in flight.
    private async ValueTask<IEnumerable<long>> NotInFlightAsync(long device, FlightReturn flight, MailboxCursor mailbox)
    {
        var gone = new List<long>();
        foreach (var range in flight.Ranges)
            gone.AddRange(await EntrySql.NotOrdinaryAsync(transaction, device, range, mailbox.Acknowledged[(int)range.Priority]).ConfigureAwait(false));
        gone.RemoveAll(flight.Exact.Contains);
        var exact = await transaction.QueryEachAsync(EntrySql.Find, [.. flight.Exact.Select(seq => (device, seq))]).ConfigureAwait(false);
        gone.AddRange(flight.Exact.Where((_, i) => exact[i]?.State != EntryState.OpenExact));
        return gone;
    }

    // While in flight their TTL did not count; from now on it does.
    private async ValueTask<IEnumerable<long>> ExpireAsync(long device, FlightReturn flight, MailboxCursor mailbox)
    {
        var expired = new List<long>();
        foreach (var range in flight.Ranges)
        {
            var first = Math.Max(range.First, mailbox.Acknowledged[(int)range.Priority] + 1);
            expired.AddRange(await EntrySql.ExpireAsync(transaction, device, range.Priority, first, range.Last, _now).ConfigureAwait(false));
        }
        foreach (var seq in flight.Exact)
            expired.AddRange(await EntrySql.ExpireAsync(transaction, device, null, seq, seq, _now).ConfigureAwait(false));
        return expired;
    }

    private void Closed(long device, MailboxCursor mailbox, long count)
    {
        if (count == 0) return;
        mailbox.Open -= count;
        changed.Add(device);
    }

    // Of one device, or of all of the batch.
    private async ValueTask MoveCursorsAsync(long? device)
    {
        if (_cursors.Count == 0) return;
        CursorMove[] moves = [.. _cursors.Where(c => device is null || c.Key.Device == device).OrderBy(c => c.Key)
            .Select(c => new CursorMove(c.Key.Device, c.Key.Priority, mailboxes[c.Key.Device].Acknowledged[(int)c.Key.Priority], c.Value, _now))];
        var counts = await transaction.QueryEachAsync(EntrySql.CountOpen, moves).ConfigureAwait(false);
        for (var i = 0; i < moves.Length; i++)
        {
            var move = moves[i];
            _cursors.Remove((move.Device, move.Priority));
            var mailbox = mailboxes[move.Device];
            mailbox.Open -= counts[i];
            mailbox.Acknowledged[(int)move.Priority] = move.To;
            changed.Add(move.Device);
        }
        await transaction.ExecuteEachAsync(EntrySql.InsertAcknowledgement, moves).ConfigureAwait(false);
    }
}

/// <summary>A cursor's way from one seq to another.</summary>
internal readonly record struct CursorMove(long Device, Priority Priority, long From, long To, long At);

/// <summary>One entry and what it becomes.</summary>
internal readonly record struct OneEntry(long Device, long Seq, MailboxCursor Mailbox, EntryState State, string? Reason, long At);

/// <summary>One entry that failed once more.</summary>
internal readonly record struct FailedEntry(long Device, long Seq, MailboxCursor Mailbox, long? DueAt, long At);
