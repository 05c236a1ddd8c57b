using Dapper;
using RooCoord.Domain.Messages;
using RooCoord.Infrastructure.Sql;

namespace RooCoord.Infrastructure.Tests.Property;

/// <summary>An entry as it stands in the database. <paramref name="State"/>: what the cursor has passed counts as acknowledged.</summary>
internal sealed record Row(long Seq, string Id, Priority Priority, EntryState State, int Attempt, int Failures, DateTimeOffset? DueAt, DateTimeOffset ExpiresAt, Offer Offer)
{
    /// <summary>Settled with those after it of its priority.</summary>
    public bool IsCumulative => State == EntryState.Open || (State == EntryState.OpenExact && Offer == Offer.Won && DueAt is null);

    public bool IsOpen => State is EntryState.Open or EntryState.OpenExact;
}

/// <summary>A mailbox as it stands in the database.</summary>
internal sealed record MailboxTable(long Head, long Open, SortedDictionary<long, Row> Rows)
{
    public static readonly MailboxTable Empty = new(0, 0, []);

    /// <summary>What <c>Resume</c> must call acknowledged.</summary>
    public long Acknowledged => Rows.Values.Where(r => r.IsOpen).Select(r => (long?)r.Seq).Min() - 1 ?? Head;

    /// <summary>Reads the mailboxes of devices in one statement, so that they are of one moment.</summary>
    public static async Task<Dictionary<long, MailboxTable>> ReadAsync(Database database, IReadOnlyCollection<long> devices)
    {
        await using var connection = await database.OpenAsync(CancellationToken.None);
        var lines = await connection.QueryAsync<Line>(
            """
            SELECT b.device_key AS DeviceKey, b.head AS Head, b.open_entries AS OpenEntries, e.seq AS Seq, m.id AS Id, e.priority AS Priority, e.state AS State,
                   CASE e.priority WHEN 0 THEN b.acked_low WHEN 1 THEN b.acked_normal WHEN 2 THEN b.acked_high ELSE b.acked_critical END AS Cursor,
                   e.attempt AS Attempt, e.failures AS Failures, e.due_at AS DueAt, m.expires_at AS ExpiresAt, e.offer AS Offer
            FROM mailbox b LEFT JOIN entry e ON e.device_key = b.device_key LEFT JOIN message m ON m.message_key = e.message_key
            WHERE b.device_key >= @first AND b.device_key <= @last
            """, new { first = devices.Min(), last = devices.Max() });
        return lines.GroupBy(l => l.DeviceKey).ToDictionary(g => g.Key, g => new MailboxTable(
            g.First().Head, g.First().OpenEntries, new(g.Where(l => l.Seq is not null).Select(l => l.ToRow()).ToDictionary(r => r.Seq))));
    }

    private sealed class Line
    {
        public long DeviceKey { get; init; }
        public long Head { get; init; }
        public long OpenEntries { get; init; }
        public long? Seq { get; init; }
        public string? Id { get; init; }
        public long? Priority { get; init; }
        public long? State { get; init; }
        public long? Cursor { get; init; }
        public long? Attempt { get; init; }
        public long? Failures { get; init; }
        public long? DueAt { get; init; }
        public long? ExpiresAt { get; init; }
        public long? Offer { get; init; }

        public Row ToRow() => new(
            Seq!.Value, Id!, (Priority)Priority!, State == (long)EntryState.Open && Seq <= Cursor ? EntryState.Acknowledged : (EntryState)State!,
            (int)Attempt!, (int)Failures!, DueAt is { } at ? DateTimeOffset.FromUnixTimeMilliseconds(at) : null, DateTimeOffset.FromUnixTimeMilliseconds(ExpiresAt!.Value), (Offer)Offer!);
    }
}
