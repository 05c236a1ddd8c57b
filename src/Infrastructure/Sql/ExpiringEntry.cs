using RooCoord.Application.Messages;
using RooCoord.Domain.Messages;

namespace RooCoord.Infrastructure.Sql;

/// <summary>An entry whose TTL has passed.</summary>
internal readonly record struct ExpiringEntry(long Device, long Priority, long Seq)
{
    private const string IsOpen = """
        (state = 1 OR (state = 0 AND seq > (
            SELECT CASE priority WHEN 0 THEN acked_low WHEN 1 THEN acked_normal WHEN 2 THEN acked_high ELSE acked_critical END
            FROM mailbox WHERE mailbox.device_key = entry.device_key)))
        """;

    /// <summary>Locks the mailboxes of these entries, as whoever settles does before it touches an entry; which nodes hold them.</summary>
    public static async ValueTask<IReadOnlyDictionary<long, long>> LockAsync(ISqlTransaction transaction, IReadOnlyList<ExpiringEntry> entries, Database database)
    {
        long[] devices = [.. entries.Select(e => e.Device).Distinct().Order()];
        var nodes = await transaction.QueryEachAsync(database.ForUpdate.Length == 0 ? NodeOf : NodeOfForUpdate, devices).ConfigureAwait(false);
        return devices.Zip(nodes).ToDictionary(d => d.First, d => d.Second);
    }

    /// <summary>Closes those still open, with all that follows; returns how many, and the receipts to push after the commit.</summary>
    public static async Task<(int Closed, IReadOnlyList<ReceiptFor> Receipts)> CloseAsync(ISqlTransaction transaction, IReadOnlyList<ExpiringEntry> due, long now)
    {
        var rows = await transaction.QueryEachAsync(Expire, [.. due.Select(e => (e, now))]).ConfigureAwait(false);
        var closed = new List<(long Device, ClosedEntry Entry)>();
        for (var i = 0; i < rows.Length; i++)
            if (rows[i] is { } entry) closed.Add((due[i].Device, entry));
        await transaction.ExecuteEachAsync(CountClosed, [.. closed.OrderBy(c => c.Device).Select(c => (c.Device, Won: c.Entry.Offer == Offer.Won))]).ConfigureAwait(false);
        var receipts = await EntryClosings.RecordAsync(transaction, closed, now).ConfigureAwait(false);
        await transaction.FlushAsync().ConfigureAwait(false);
        return (closed.Count, receipts);
    }

    /// <summary>Of these entries the open ones; most of those due were settled long ago, and their mailboxes are of no concern.</summary>
    public static async ValueTask<List<ExpiringEntry>> OpenAsync(ISqlTransaction transaction, IReadOnlyList<ExpiringEntry> entries)
    {
        var open = await transaction.QueryEachAsync(StillOpen, entries).ConfigureAwait(false);
        return [.. entries.Where((_, i) => open[i] != 0)];
    }

    /// <summary>Those whose devices another node holds, and that node.</summary>
    public static IReadOnlyList<(ExpiringEntry Entry, long Node)> Elsewhere(IReadOnlyList<ExpiringEntry> entries, IReadOnlyDictionary<long, long> nodes, long own) =>
        [.. entries.Select(e => (Entry: e, Node: nodes[e.Device])).Where(e => e.Node != 0 && e.Node != own)];

    private const string NodeOfSql = "SELECT node FROM mailbox WHERE device_key = $1";
    private static readonly SqlQuery<long, long> NodeOf = new(NodeOfSql, static (p, key) => p.Add(key), static r => r.GetInt64(0));
    private static readonly SqlQuery<long, long> NodeOfForUpdate = new(NodeOfSql + " FOR UPDATE", static (p, key) => p.Add(key), static r => r.GetInt64(0));

    private static readonly SqlQuery<ExpiringEntry, long> StillOpen = new(
        $"SELECT seq FROM entry WHERE device_key = $1 AND priority = $2 AND seq = $3 AND {IsOpen}",
        static (p, e) => { p.Add(e.Device); p.Add(e.Priority); p.Add(e.Seq); },
        static r => r.GetInt64(0));

    /// <summary>What is open of a device's mailbox and past its TTL.</summary>
    public static readonly string SelectOpen = $"""
        SELECT e.priority, e.seq FROM (
            {string.Join(" UNION ALL ", SqlMailbox.Cursors.Select((cursor, priority) => $"""
                SELECT o.priority, o.seq, o.message_key, o.expires_at FROM mailbox b
                JOIN entry o ON o.device_key = b.device_key AND o.priority = {priority} AND o.seq > b.{cursor} AND o.state = 0 WHERE b.device_key = @device
                """))}
            UNION ALL SELECT priority, seq, message_key, expires_at FROM entry WHERE device_key = @device AND state = 1) e
        JOIN message m ON m.message_key = e.message_key
        WHERE COALESCE(e.expires_at, m.expires_at) <= @now
        """;

    private static readonly SqlQuery<(ExpiringEntry Entry, long Now), ClosedEntry> Expire = new(
        $"""
        UPDATE entry SET state = 4, settled_at = $4
        WHERE device_key = $1 AND priority = $2 AND seq = $3 AND {IsOpen}
        RETURNING {EntrySql.Closed}
        """,
        static (p, e) => { p.Add(e.Entry.Device); p.Add(e.Entry.Priority); p.Add(e.Entry.Seq); p.Add(e.Now); },
        EntrySql.ReadClosed);

    private static readonly SqlStatement<(long Device, bool Won)> CountClosed = new(
        "UPDATE mailbox SET open_entries = open_entries - 1, won = won - $2 WHERE device_key = $1",
        static (p, c) => { p.Add(c.Device); p.Add(c.Won ? 1L : 0L); });
}
