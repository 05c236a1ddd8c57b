using Dapper;
using RooCoord.Domain.Messages;

namespace RooCoord.Infrastructure.Sql;

/// <summary>
/// The statements on single entries. An entry is open when it is in state 1, or in state 0 above the cursor of its priority
/// (given as parameters: within a batch the cursor in memory is ahead of the row).
/// </summary>
internal static class EntrySql
{
    // $1 device, $2 seq, $3..$6 cursors: the priority in the list makes the key's prefix whole.
    private const string IsOpen = """
        device_key = $1 AND priority IN (0, 1, 2, 3) AND seq = $2
        AND (state = 1 OR (state = 0 AND seq > CASE priority WHEN 0 THEN $3 WHEN 1 THEN $4 WHEN 2 THEN $5 ELSE $6 END))
        """;

    private static void BindOpen(ISqlParameters p, long device, long seq, MailboxCursor mailbox)
    {
        p.Add(device);
        p.Add(seq);
        foreach (var acknowledged in mailbox.Acknowledged) p.Add(acknowledged);
    }

    public sealed record Found(Priority Priority, EntryState State);

    public static readonly SqlQuery<(long Device, long Seq), Found> Find = new(
        "SELECT priority, state FROM entry WHERE device_key = $1 AND priority IN (0, 1, 2, 3) AND seq = $2",
        static (p, e) => { p.Add(e.Device); p.Add(e.Seq); },
        static r => new((Priority)r.GetInt64(0), (EntryState)r.GetInt64(1)));

    public static readonly SqlQuery<OneEntry, long> Settle = new(
        $"UPDATE entry SET state = $7, reason = $8, settled_at = $9 WHERE {IsOpen} RETURNING seq",
        static (p, e) =>
        {
            BindOpen(p, e.Device, e.Seq, e.Mailbox);
            p.Add((long)e.State);
            p.Add(e.Reason);
            p.Add(e.At);
        },
        static r => r.GetInt64(0));

    /// <summary>Puts off: one attempt, one failure more; dead at the last one.</summary>
    public static readonly SqlQuery<FailedEntry, EntryState?> Retry = new(
        $"""
        UPDATE entry SET attempt = attempt + 1, failures = failures + 1, due_at = $7,
            state = CASE WHEN failures + 1 >= 10 THEN 5 ELSE 1 END,
            reason = CASE WHEN failures + 1 >= 10 THEN 'attempts' END,
            settled_at = CASE WHEN failures + 1 >= 10 THEN $8 END
        WHERE {IsOpen} RETURNING state
        """,
        BindFailed, static r => (EntryState)r.GetInt64(0));

    /// <summary>Counts a failure; dead at the last one.</summary>
    public static readonly SqlQuery<FailedEntry, EntryState?> Fail = new(
        $"""
        UPDATE entry SET failures = failures + 1, due_at = COALESCE($7, due_at),
            state = CASE WHEN failures + 1 >= 10 THEN 5 ELSE state END,
            reason = CASE WHEN failures + 1 >= 10 THEN 'attempts' END,
            settled_at = CASE WHEN failures + 1 >= 10 THEN $8 END
        WHERE {IsOpen} RETURNING state
        """,
        BindFailed, static r => (EntryState)r.GetInt64(0));

    private static void BindFailed(ISqlParameters p, FailedEntry e)
    {
        BindOpen(p, e.Device, e.Seq, e.Mailbox);
        p.Add(e.DueAt);
        p.Add(e.At);
    }

    public static readonly SqlStatement<(long Device, Priority Priority, long First, long Last)> CountAttempts = new(
        "UPDATE entry SET attempt = attempt + 1 WHERE device_key = $1 AND priority = $2 AND seq >= $3 AND seq <= $4 AND state = 0",
        static (p, r) => { p.Add(r.Device); p.Add((long)r.Priority); p.Add(r.First); p.Add(r.Last); });

    public static readonly SqlStatement<(long Device, long Seq)> CountAttempt = new(
        "UPDATE entry SET attempt = attempt + 1 WHERE device_key = $1 AND priority IN (0, 1, 2, 3) AND seq = $2 AND state = 1",
        static (p, e) => { p.Add(e.Device); p.Add(e.Seq); });

    public static readonly SqlQuery<CursorMove, long> CountOpen = new(
        "SELECT COUNT(*) FROM entry WHERE device_key = $1 AND priority = $2 AND seq > $3 AND seq <= $4 AND state = 0",
        static (p, m) => { p.Add(m.Device); p.Add((long)m.Priority); p.Add(m.From); p.Add(m.To); },
        static r => r.GetInt64(0));

    public static readonly SqlStatement<CursorMove> InsertAcknowledgement = new(
        "INSERT INTO acknowledgement (device_key, priority, seq, at) VALUES ($1, $2, $3, $4)",
        static (p, m) => { p.Add(m.Device); p.Add((long)m.Priority); p.Add(m.To); p.Add(m.At); });

    /// <summary>Of a range, what is settled or put off.</summary>
    public static async ValueTask<IEnumerable<long>> NotOrdinaryAsync(ISqlTransaction transaction, long device, FlightReturn.Range range, long cursor)
    {
        await transaction.FlushAsync().ConfigureAwait(false);
        return await transaction.Connection.QueryAsync<long>(
            "SELECT seq FROM entry WHERE device_key = @device AND priority = @priority AND seq >= @First AND seq <= @Last AND (state <> 0 OR seq <= @cursor)",
            new { device, priority = (long)range.Priority, range.First, range.Last, cursor }).ConfigureAwait(false);
    }

    /// <summary>Closes what is open in a range and past its TTL; null priority: entries settled only by name. Returns the seqs.</summary>
    public static async ValueTask<IEnumerable<long>> ExpireAsync(ISqlTransaction transaction, long device, Priority? priority, long first, long last, long now)
    {
        await transaction.FlushAsync().ConfigureAwait(false);
        return await transaction.Connection.QueryAsync<long>(
            """
            UPDATE entry SET state = 4, settled_at = @now
            WHERE device_key = @device AND priority >= @low AND priority <= @high AND seq >= @first AND seq <= @last AND state = @state
              AND EXISTS (SELECT 1 FROM message m WHERE m.message_key = entry.message_key AND m.expires_at <= @now)
            RETURNING seq
            """,
            new { device, low = (long)(priority ?? Priority.Low), high = (long)(priority ?? Priority.Critical), first, last, now, state = priority is null ? 1L : 0L }).ConfigureAwait(false);
    }
}
