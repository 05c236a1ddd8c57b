using RooCoord.Application.Messages;
using RooCoord.Domain.Messages;

namespace RooCoord.Infrastructure.Sql;

/// <summary>An entry that reached a final state.</summary>
internal sealed record ClosedEntry(long Seq, Priority Priority, EntryState State, string? Reason, long MessageKey, long Receipts, Offer Offer);

/// <summary>What follows from the end of entries: counts of the mailbox, a look at the message's route, receipts for the sender.</summary>
internal sealed class EntryClosings(BatchContext batch)
{
    private readonly List<(long Device, ClosedEntry Entry)> _closed = [];

    /// <summary>Gives one entry its final state; null when it was not open.</summary>
    public async ValueTask<ClosedEntry?> CloseAsync(long device, long seq, EntryState state, string? reason)
    {
        var rows = await batch.Transaction.QueryEachAsync(
            EntrySql.Settle, [new(device, seq, batch.Mailboxes[device], state, reason, batch.NowMs)]).ConfigureAwait(false);
        if (rows[0] is { } closed) Note(device, [closed]);
        return rows[0];
    }

    /// <summary>Takes entries closed by a statement of the caller's.</summary>
    public void Note(long device, IReadOnlyCollection<ClosedEntry> entries)
    {
        if (entries.Count == 0) return;
        var mailbox = batch.Mailboxes[device];
        mailbox.Open -= entries.Count;
        mailbox.Won -= entries.Count(e => e.Offer == Offer.Won);
        batch.Changed.Add(device);
        foreach (var entry in entries) _closed.Add((device, entry));
    }

    /// <summary>Takes entries that a cursor passed; the mailbox has counted them.</summary>
    public void Passed(long device, IEnumerable<ClosedEntry> entries)
    {
        foreach (var entry in entries) _closed.Add((device, entry));
    }

    /// <summary>Writes what follows; once, after everything that may close entries.</summary>
    public async ValueTask FlushAsync()
    {
        if (_closed.Count == 0) return;
        batch.WakeTimers |= _closed.Exists(c => c.Entry.State != EntryState.Acknowledged);
        batch.Receipts.AddRange(await RecordAsync(batch.Transaction, _closed, batch.NowMs).ConfigureAwait(false));
    }

    /// <summary>The same for statements outside of a batch's mailbox work; returns the receipts to push after the commit.</summary>
    public static async ValueTask<IReadOnlyList<ReceiptFor>> RecordAsync(
        ISqlTransaction transaction, IReadOnlyList<(long Device, ClosedEntry Entry)> closed, long now)
    {
        long[] routes = [.. closed.Where(c => c.Entry.State != EntryState.Acknowledged).Select(c => c.Entry.MessageKey).Distinct()];
        await transaction.ExecuteEachAsync(RouteSql.LookNow, [.. routes.Select(key => (key, now))]).ConfigureAwait(false);
        (long Device, ClosedEntry Entry)[] told = [.. closed.Where(c => c.Entry.Receipts > 0)];
        if (told.Length == 0) return [];
        var asked = await transaction.QueryEachAsync(SelectAsked, told).ConfigureAwait(false);
        var at = DateTimeOffset.FromUnixTimeMilliseconds(now);
        ReceiptFor[] receipts = [.. told.Zip(asked).Where(r => r.Second is not null).Select(r => new ReceiptFor(
            r.Second!.Sender, r.Second.MessageId, r.First.Device, r.Second.DeviceId, r.First.Entry.Seq, EntryStates.Of(r.First.Entry.State), at,
            r.First.Entry.Reason, Kept: true))];
        await transaction.ExecuteEachAsync(InsertReceipt, [.. told.Zip(asked).Where(r => r.Second is not null).Select(r => (r.Second!, r.First.Device, r.First.Entry, now))]).ConfigureAwait(false);
        return receipts;
    }

    private sealed record Asked(string MessageId, long Sender, string DeviceId);

    private static readonly SqlQuery<(long Device, ClosedEntry Entry), Asked> SelectAsked = new(
        """
        SELECT m.id, m.from_device_key, d.id FROM message m, device d
        WHERE m.message_key = $1 AND m.from_device_key IS NOT NULL AND d.device_key = $2
        """,
        static (p, c) => { p.Add(c.Entry.MessageKey); p.Add(c.Device); },
        static r => new(r.GetString(0), r.GetInt64(1), r.GetString(2)));

    private static readonly SqlStatement<(Asked Asked, long Device, ClosedEntry Entry, long At)> InsertReceipt = new(
        """
        INSERT INTO receipt (device_key, at, target_key, seq, message_id, state, reason) VALUES ($1, $2, $3, $4, $5, $6, $7)
        ON CONFLICT DO NOTHING
        """,
        static (p, r) =>
        {
            p.Add(r.Asked.Sender);
            p.Add(r.At);
            p.Add(r.Device);
            p.Add(r.Entry.Seq);
            p.Add(r.Asked.MessageId);
            p.Add((long)r.Entry.State);
            p.Add(r.Entry.Reason);
        });
}
