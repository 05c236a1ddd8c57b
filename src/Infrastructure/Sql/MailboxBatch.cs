using RooCoord.Application;
using RooCoord.Application.Messages;
using RooCoord.Domain;
using RooCoord.Domain.Messages;

namespace RooCoord.Infrastructure.Sql;

/// <summary>
/// The mailbox work of one transaction: settlements first, in order, then appends, in order. Mailbox rows are locked in
/// the order of their keys, so that the batches of two nodes cannot wait for each other, and written once.
/// </summary>
internal sealed class MailboxBatch(ISqlTransaction transaction, Database database, BatchMemory memory, Limits limits, DateTimeOffset now)
{
    private readonly Dictionary<long, MailboxCursor> _mailboxes = [];
    private readonly HashSet<long> _changed = [];

    /// <summary>Entries appended, in the order of their seqs.</summary>
    public List<Committed> Committed { get; } = [];

    public async ValueTask RunAsync(List<Work> works)
    {
        List<AppendWork> appends = [];
        List<ISettleWork> settles = [];
        foreach (var work in works)
        {
            if (work is AppendWork append) appends.Add(append);
            else if (work is ISettleWork settle) settles.Add(settle);
        }
        if (appends.Count + settles.Count == 0) return;

        var appending = new MailboxAppends(transaction, memory, now);
        await appending.ResolveAsync(appends).ConfigureAwait(false);
        await LoadAsync(appends, settles).ConfigureAwait(false);
        if (settles.Count > 0) await new MailboxSettlements(transaction, _mailboxes, _changed, now).RunAsync(settles).ConfigureAwait(false);
        if (appends.Count > 0) await appending.RunAsync(appends, Place).ConfigureAwait(false);
        await transaction.ExecuteEachAsync(Save, [.. _changed.Order().Select(key => (key, _mailboxes[key]))]).ConfigureAwait(false);
    }

    // Gives the message its seqs; null for a device whose mailbox is full. Faults change nothing.
    private List<AppendedDelivery> Place(AppendWork work)
    {
        foreach (var device in work.Devices)
            if (!_mailboxes.TryGetValue(device.Key, out var mailbox) || mailbox.Closed) throw Fault.NotFound("device");
        var deliveries = new List<AppendedDelivery>(work.Devices.Count);
        var full = 0;
        foreach (var device in work.Devices)
        {
            var seq = _mailboxes[device.Key].Append(limits.MailboxEntries);
            deliveries.Add(new(device.Id, seq));
            if (seq is null)
            {
                full++;
                continue;
            }
            _changed.Add(device.Key);
        }
        if (full == deliveries.Count) throw new Fault(FaultCode.MailboxFull, $"{(full == 1 ? "the mailbox has" : "all mailboxes have")} {limits.MailboxEntries} unsettled entries");
        for (var i = 0; i < deliveries.Count; i++)
            if (deliveries[i].Seq is { } seq) Committed.Add(new(work.Devices[i].Key, new Entry(seq, seq >> MailboxCursor.EpochShift, work.Message, 1)));
        return deliveries;
    }

    private async ValueTask LoadAsync(List<AppendWork> appends, List<ISettleWork> settles)
    {
        var keys = new SortedSet<long>();
        foreach (var append in appends)
            foreach (var device in append.Devices) keys.Add(device.Key);
        foreach (var settle in settles) keys.Add(settle.Holder.DeviceKey);
        long[] ordered = [.. keys];
        var rows = await transaction.QueryEachAsync(SelectOf(database.ForUpdate), ordered).ConfigureAwait(false);
        for (var i = 0; i < rows.Length; i++)
            if (rows[i] is { } row) _mailboxes.Add(ordered[i], row);
    }

    private static SqlQuery<long, MailboxCursor> SelectOf(string forUpdate) => forUpdate.Length == 0 ? Select : SelectForUpdate;

    private const string SelectSql = """
        SELECT head, open_entries, fence, closed, acked_low, acked_normal, acked_high, acked_critical
        FROM mailbox WHERE device_key = $1
        """;

    private static readonly SqlQuery<long, MailboxCursor> Select = new(SelectSql, static (p, key) => p.Add(key), Read);
    private static readonly SqlQuery<long, MailboxCursor> SelectForUpdate = new(SelectSql + " FOR UPDATE", static (p, key) => p.Add(key), Read);

    private static MailboxCursor Read(ISqlRow row)
    {
        var cursor = new MailboxCursor { Head = row.GetInt64(0), Open = row.GetInt64(1), Fence = row.GetInt64(2), Closed = row.GetInt64(3) != 0 };
        for (var p = 0; p < 4; p++) cursor.Acknowledged[p] = row.GetInt64(4 + p);
        return cursor;
    }

    private static readonly SqlStatement<(long Key, MailboxCursor Cursor)> Save = new(
        """
        UPDATE mailbox SET head = $1, open_entries = $2, acked_low = $3, acked_normal = $4, acked_high = $5, acked_critical = $6
        WHERE device_key = $7
        """,
        static (p, row) =>
        {
            p.Add(row.Cursor.Head);
            p.Add(row.Cursor.Open);
            foreach (var acknowledged in row.Cursor.Acknowledged) p.Add(acknowledged);
            p.Add(row.Key);
        });
}
