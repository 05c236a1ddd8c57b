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

    public const string Closed = "seq, priority, state, reason, message_key, receipts, offer";

    public static ClosedEntry ReadClosed(ISqlRow r) => new(
        r.GetInt64(0), (Priority)r.GetInt64(1), (EntryState)r.GetInt64(2), r.IsNull(3) ? null : r.GetString(3), r.GetInt64(4), r.GetInt64(5), (Offer)r.GetInt64(6));

    public sealed record Found(Priority Priority, EntryState State, Offer Offer, long MessageKey, bool PutOff)
    {
        /// <summary>Settled only by a call that names it.</summary>
        public bool Exact => State == EntryState.OpenExact && (Offer != Offer.Won || PutOff);
    }

    public static readonly SqlQuery<(long Device, long Seq), Found> Find = new(
        "SELECT priority, state, offer, message_key, due_at FROM entry WHERE device_key = $1 AND priority IN (0, 1, 2, 3) AND seq = $2",
        static (p, e) => { p.Add(e.Device); p.Add(e.Seq); },
        static r => new((Priority)r.GetInt64(0), (EntryState)r.GetInt64(1), (Offer)r.GetInt64(2), r.GetInt64(3), !r.IsNull(4)));

    public static readonly SqlQuery<OneEntry, ClosedEntry> Settle = new(
        $"UPDATE entry SET state = $7, reason = $8, settled_at = $9 WHERE {IsOpen} RETURNING {Closed}",
        static (p, e) =>
        {
            BindOpen(p, e.Device, e.Seq, e.Mailbox);
            p.Add((long)e.State);
            p.Add(e.Reason);
            p.Add(e.At);
        },
        ReadClosed);

    /// <summary>Puts off: one attempt, one failure more; dead at the last one. Its state tells which.</summary>
    public static readonly SqlQuery<FailedEntry, ClosedEntry> Retry = new(
        $"""
        UPDATE entry SET attempt = attempt + 1, failures = failures + 1, due_at = $7,
            state = CASE WHEN failures + 1 >= 10 THEN 5 ELSE 1 END,
            reason = CASE WHEN failures + 1 >= 10 THEN 'attempts' END,
            settled_at = CASE WHEN failures + 1 >= 10 THEN $8 END
        WHERE {IsOpen} AND offer < 3 RETURNING {Closed}
        """,
        BindFailed, ReadClosed);

    /// <summary>Counts a failure; dead at the last one. Its state tells which.</summary>
    public static readonly SqlQuery<FailedEntry, ClosedEntry> Fail = new(
        $"""
        UPDATE entry SET failures = failures + 1, due_at = COALESCE($7, due_at),
            state = CASE WHEN failures + 1 >= 10 THEN 5 ELSE state END,
            reason = CASE WHEN failures + 1 >= 10 THEN 'attempts' END,
            settled_at = CASE WHEN failures + 1 >= 10 THEN $8 END
        WHERE {IsOpen} RETURNING {Closed}
        """,
        BindFailed, ReadClosed);

    /// <summary>Its seq when the offer is open.</summary>
    public static readonly SqlQuery<(long Device, Priority Priority, long Seq), long> OpenOffer = new(
        "SELECT seq FROM entry WHERE device_key = $1 AND priority = $2 AND seq = $3 AND state = 1 AND offer = 1",
        static (p, e) => { p.Add(e.Device); p.Add((long)e.Priority); p.Add(e.Seq); },
        static r => r.GetInt64(0));

    public static readonly SqlStatement<(long Device, Priority Priority, long Seq, Offer Offer)> SetOffer = new(
        "UPDATE entry SET offer = $4 WHERE device_key = $1 AND priority = $2 AND seq = $3",
        static (p, e) => { p.Add(e.Device); p.Add((long)e.Priority); p.Add(e.Seq); p.Add((long)e.Offer); });

    public static readonly SqlStatement<(long Device, long Seq, Message Message, Offer Offer)> Insert = new(
        $"{InsertColumns} VALUES ($1, $2, $3, $4, $5, $6, $7, 1, 0)",
        static (p, row) =>
        {
            p.Add(row.Device);
            p.Add((long)row.Message.Priority);
            p.Add(row.Seq);
            p.Add(row.Message.Key);
            p.Add(row.Offer == Offer.None ? 0L : 1L);
            p.Add((long)row.Offer);
            p.Add((long)row.Message.Receipts);
        },
        $"{InsertColumns} SELECT q.*, 1, 0 FROM unnest($1, $2, $3, $4, $5, $6, $7) q");

    private const string InsertColumns = "INSERT INTO entry (device_key, priority, seq, message_key, state, offer, receipts, attempt, failures)";

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

    public readonly record struct Passed(long Count, long Receipts);

    public static readonly SqlQuery<CursorMove, Passed> CountOpen = new(
        "SELECT COUNT(*), COALESCE(MAX(receipts), 0) FROM entry WHERE device_key = $1 AND priority = $2 AND seq > $3 AND seq <= $4 AND state = 0",
        static (p, m) => { p.Add(m.Device); p.Add((long)m.Priority); p.Add(m.From); p.Add(m.To); },
        static r => new(r.GetInt64(0), r.GetInt64(1)));

    public static readonly SqlStatement<CursorMove> InsertAcknowledgement = new(
        "INSERT INTO acknowledgement (device_key, priority, seq, at) VALUES ($1, $2, $3, $4)",
        static (p, m) => { p.Add(m.Device); p.Add((long)m.Priority); p.Add(m.To); p.Add(m.At); },
        "INSERT INTO acknowledgement (device_key, priority, seq, at) SELECT * FROM unnest($1, $2, $3, $4)");

    /// <summary>Of a range, what is settled or put off.</summary>
    public static async ValueTask<IEnumerable<long>> NotOrdinaryAsync(ISqlTransaction transaction, long device, FlightReturn.Range range, long cursor)
    {
        await transaction.FlushAsync().ConfigureAwait(false);
        return await transaction.Connection.QueryAsync<long>(
            "SELECT seq FROM entry WHERE device_key = @device AND priority = @priority AND seq >= @First AND seq <= @Last AND (state <> 0 OR seq <= @cursor)",
            new { device, priority = (long)range.Priority, range.First, range.Last, cursor }).ConfigureAwait(false);
    }

    /// <summary>What a cursor passes of messages that ask for receipts.</summary>
    public static Task<IEnumerable<ClosedEntry>> PassedWithReceiptsAsync(ISqlTransaction transaction, CursorMove move) =>
        QueryAsync(transaction,
            """
            SELECT seq, priority, CAST(2 AS BIGINT) AS state, reason, message_key, receipts, offer
            FROM entry WHERE device_key = @Device AND priority = @Priority AND seq > @From AND seq <= @To AND state = 0 AND receipts > 0
            """, new { move.Device, Priority = (long)move.Priority, move.From, move.To });

    /// <summary>Acknowledges what was won from offers up to a seq, but for what was put off.</summary>
    public static Task<IEnumerable<ClosedEntry>> SettleWonAsync(ISqlTransaction transaction, long device, Priority priority, long through, long now) =>
        QueryAsync(transaction,
            $"""
            UPDATE entry SET state = 2, settled_at = @now
            WHERE device_key = @device AND priority = @priority AND seq <= @through AND state = 1 AND offer = 2 AND due_at IS NULL
            RETURNING {Closed}
            """, new { device, priority = (long)priority, through, now });

    /// <summary>Closes what is open in a range and past its TTL; null priority: entries in state 1.</summary>
    public static Task<IEnumerable<ClosedEntry>> ExpireAsync(ISqlTransaction transaction, long device, Priority? priority, long first, long last, long now) =>
        QueryAsync(transaction,
            $"""
            UPDATE entry SET state = 4, settled_at = @now
            WHERE device_key = @device AND priority >= @low AND priority <= @high AND seq >= @first AND seq <= @last AND state = @state
              AND COALESCE(expires_at, (SELECT m.expires_at FROM message m WHERE m.message_key = entry.message_key)) <= @now
            RETURNING {Closed}
            """,
            new { device, low = (long)(priority ?? Priority.Low), high = (long)(priority ?? Priority.Critical), first, last, now, state = priority is null ? 1L : 0L });

    /// <summary>Gives up everything open of a mailbox whose device was revoked.</summary>
    public static Task<IEnumerable<ClosedEntry>> KillAllAsync(ISqlTransaction transaction, long device, long now) =>
        QueryAsync(transaction,
            $"""
            UPDATE entry SET state = 5, reason = 'revoked', settled_at = @now
            WHERE device_key = @device AND (state = 1 OR (state = 0 AND seq > (
                SELECT CASE entry.priority WHEN 0 THEN acked_low WHEN 1 THEN acked_normal WHEN 2 THEN acked_high ELSE acked_critical END
                FROM mailbox WHERE mailbox.device_key = @device)))
            RETURNING {Closed}
            """, new { device, now });

    private static async Task<IEnumerable<ClosedEntry>> QueryAsync(ISqlTransaction transaction, string sql, object parameters)
    {
        await transaction.FlushAsync().ConfigureAwait(false);
        var rows = await transaction.Connection.QueryAsync<ClosedRow>(sql, parameters).ConfigureAwait(false);
        return rows.Select(r => new ClosedEntry(r.Seq, (Priority)r.Priority, (EntryState)r.State, r.Reason, r.Message_Key, r.Receipts, (Offer)r.Offer));
    }

    // Settable: of an empty result SQLite tells no types, which a constructor would have to match.
    private sealed class ClosedRow
    {
        public long Seq { get; init; }
        public long Priority { get; init; }
        public long State { get; init; }
        public string? Reason { get; init; }
        public long Message_Key { get; init; }
        public long Receipts { get; init; }
        public long Offer { get; init; }
    }
}
