using RooCoord.Application.Messages;
using RooCoord.Domain;
using RooCoord.Domain.Messages;

namespace RooCoord.Infrastructure.Sql;

/// <summary>
/// Settlements of one batch. Cumulative acknowledgements only move cursors, and are written once for each mailbox;
/// what names single entries runs in its turn, after the cursor of its mailbox was written.
/// </summary>
internal sealed class MailboxSettlements(BatchContext batch, EntryClosings closings, MailboxClaims claims)
{
    private readonly Dictionary<(long Device, Priority Priority), long> _cursors = [];

    private ISqlTransaction Transaction => batch.Transaction;

    public async ValueTask RunAsync(List<ISettleWork> works)
    {
        foreach (var work in works)
        {
            try
            {
                if (!batch.Mailboxes.TryGetValue(work.Holder.DeviceKey, out var mailbox)) throw Fault.NotFound("device");
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
                reject.Outcome = await SettleOneAsync(reject.Holder.DeviceKey, reject.Seq, EntryState.Rejected, reject.Reason).ConfigureAwait(false);
                break;
            case ClaimWork claim:
                await MoveCursorsAsync(claim.Holder.DeviceKey).ConfigureAwait(false);
                claim.Outcome = await claims.ClaimAsync(claim).ConfigureAwait(false);
                break;
            case RetryWork retry:
                mailbox.RequireAssigned(retry.Seq);
                retry.Outcome = await RetryAsync(retry, mailbox).ConfigureAwait(false);
                break;
            case ReturnWork returned:
                returned.Outcome = await ReturnAsync(returned, mailbox).ConfigureAwait(false);
                break;
        }
    }

    private async ValueTask<Settlement> AcknowledgeAsync(AcknowledgeWork work, MailboxCursor mailbox)
    {
        var device = work.Holder.DeviceKey;
        var found = work.Known is null ? await FindAsync(device, work.Seq).ConfigureAwait(false) : null;
        if ((work.Known ?? KindOf(found)) is not { } kind) return default;
        var open = found is not null && IsOpen(found, work, mailbox);
        if (kind.Exact) await SettleOneAsync(device, work.Seq, EntryState.Acknowledged, null).ConfigureAwait(false);
        if (mailbox.Won > 0)
            closings.Note(device, [.. await EntrySql.SettleWonAsync(Transaction, device, kind.Priority, work.Seq, batch.NowMs).ConfigureAwait(false)]);
        if (work.Seq > mailbox.Acknowledged[(int)kind.Priority])
            _cursors[(device, kind.Priority)] = Math.Max(work.Seq, _cursors.GetValueOrDefault((device, kind.Priority)));
        return new(kind.Priority, kind.Exact, open);
    }

    private static EntryKind? KindOf(EntrySql.Found? entry) => entry is null ? null : new(entry.Priority, entry.Exact);

    private bool IsOpen(EntrySql.Found entry, AcknowledgeWork work, MailboxCursor mailbox) => entry.State switch
    {
        EntryState.Open => work.Seq > mailbox.Acknowledged[(int)entry.Priority] && work.Seq > _cursors.GetValueOrDefault((work.Holder.DeviceKey, entry.Priority)),
        EntryState.OpenExact => entry.Offer != Offer.Declined,
        _ => false,
    };

    private async ValueTask<EntrySql.Found?> FindAsync(long device, long seq) =>
        (await Transaction.QueryEachAsync(EntrySql.Find, [(device, seq)]).ConfigureAwait(false))[0];

    private async ValueTask<bool> SettleOneAsync(long device, long seq, EntryState state, string? reason)
    {
        await MoveCursorsAsync(device).ConfigureAwait(false);
        if (await FindAsync(device, seq).ConfigureAwait(false) is { State: EntryState.OpenExact, Offer: Offer.Open or Offer.Declined } offer)
        {
            await claims.DeclineAsync(device, seq, offer).ConfigureAwait(false);
            return offer.Offer == Offer.Open;
        }
        return await closings.CloseAsync(device, seq, state, reason).ConfigureAwait(false) is not null;
    }

    private async ValueTask<bool> RetryAsync(RetryWork work, MailboxCursor mailbox)
    {
        var device = work.Holder.DeviceKey;
        await MoveCursorsAsync(device).ConfigureAwait(false);
        var rows = await Transaction.QueryEachAsync(
            EntrySql.Retry, [new(device, work.Seq, mailbox, work.DueAt.ToUnixTimeMilliseconds(), batch.NowMs)]).ConfigureAwait(false);
        if (rows[0] is { State: EntryState.Dead } dead) closings.Note(device, [dead]);
        // In flight its TTL did not count; put off, it does.
        closings.Note(device, [.. await EntrySql.ExpireAsync(Transaction, device, null, work.Seq, work.Seq, batch.NowMs).ConfigureAwait(false)]);
        return rows[0] is not null;
    }

    private async ValueTask<IReadOnlyList<long>> ReturnAsync(ReturnWork work, MailboxCursor mailbox)
    {
        var device = work.Holder.DeviceKey;
        var closed = new List<ClosedEntry>();
        await MoveCursorsAsync(device).ConfigureAwait(false);
        foreach (var range in work.Flight.Ranges)
        {
            var first = Math.Max(range.First, mailbox.Acknowledged[(int)range.Priority] + 1);
            await Transaction.ExecuteEachAsync(EntrySql.CountAttempts, [(device, range.Priority, first, range.Last)]).ConfigureAwait(false);
        }
        await Transaction.ExecuteEachAsync(EntrySql.CountAttempt, [.. work.Flight.Single.Select(seq => (device, seq))]).ConfigureAwait(false);
        if (work.Flight.Failing is { } failing)
        {
            var failed = await Transaction.QueryEachAsync(EntrySql.Fail, [new(device, failing, mailbox, null, batch.NowMs)]).ConfigureAwait(false);
            if (failed[0] is { State: EntryState.Dead } dead) closed.Add(dead);
        }
        if (work.ConnectionEnded) closed.AddRange(await ExpireAsync(device, work.Flight, mailbox).ConfigureAwait(false));
        closings.Note(device, closed);
        IEnumerable<long> gone = work.ConnectionEnded ? [] : await NotInFlightAsync(device, work.Flight, mailbox).ConfigureAwait(false);
        return [.. closed.Select(e => e.Seq).Union(gone)];
    }

    // A call whose answer was lost may have settled or put off what the connection still takes for in flight.
    private async ValueTask<IEnumerable<long>> NotInFlightAsync(long device, FlightReturn flight, MailboxCursor mailbox)
    {
        var gone = new List<long>();
        foreach (var range in flight.Ranges)
            gone.AddRange(await EntrySql.NotOrdinaryAsync(Transaction, device, range, mailbox.Acknowledged[(int)range.Priority]).ConfigureAwait(false));
        gone.RemoveAll(flight.Single.Contains);
        var single = await Transaction.QueryEachAsync(EntrySql.Find, [.. flight.Single.Select(seq => (device, seq))]).ConfigureAwait(false);
        gone.AddRange(flight.Single.Where((_, i) => single[i]?.State != EntryState.OpenExact));
        return gone;
    }

    // While in flight their TTL did not count; from now on it does.
    private async ValueTask<IEnumerable<ClosedEntry>> ExpireAsync(long device, FlightReturn flight, MailboxCursor mailbox)
    {
        var expired = new List<ClosedEntry>();
        foreach (var range in flight.Ranges)
        {
            var first = Math.Max(range.First, mailbox.Acknowledged[(int)range.Priority] + 1);
            expired.AddRange(await EntrySql.ExpireAsync(Transaction, device, range.Priority, first, range.Last, batch.NowMs).ConfigureAwait(false));
        }
        foreach (var seq in flight.Single)
            expired.AddRange(await EntrySql.ExpireAsync(Transaction, device, null, seq, seq, batch.NowMs).ConfigureAwait(false));
        return expired;
    }

    // Of one device, or of all of the batch.
    private async ValueTask MoveCursorsAsync(long? device)
    {
        if (_cursors.Count == 0) return;
        CursorMove[] moves = [.. _cursors.Where(c => device is null || c.Key.Device == device).OrderBy(c => c.Key)
            .Select(c => new CursorMove(c.Key.Device, c.Key.Priority, batch.Mailboxes[c.Key.Device].Acknowledged[(int)c.Key.Priority], c.Value, batch.NowMs))];
        var passed = await Transaction.QueryEachAsync(EntrySql.CountOpen, moves).ConfigureAwait(false);
        for (var i = 0; i < moves.Length; i++)
        {
            var move = moves[i];
            _cursors.Remove((move.Device, move.Priority));
            if (passed[i].Receipts > 0)
                closings.Passed(move.Device, await EntrySql.PassedWithReceiptsAsync(Transaction, move).ConfigureAwait(false));
            var mailbox = batch.Mailboxes[move.Device];
            mailbox.Open -= passed[i].Count;
            mailbox.Acknowledged[(int)move.Priority] = move.To;
            batch.Changed.Add(move.Device);
        }
        await Transaction.ExecuteEachAsync(EntrySql.InsertAcknowledgement, moves).ConfigureAwait(false);
    }
}

/// <summary>A cursor's way from one seq to another.</summary>
internal readonly record struct CursorMove(long Device, Priority Priority, long From, long To, long At);

/// <summary>One entry and what it becomes.</summary>
internal readonly record struct OneEntry(long Device, long Seq, MailboxCursor Mailbox, EntryState State, string? Reason, long At);

/// <summary>One entry that failed once more.</summary>
internal readonly record struct FailedEntry(long Device, long Seq, MailboxCursor Mailbox, long? DueAt, long At);
