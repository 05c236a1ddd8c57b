using System.Globalization;
using Dapper;

namespace RooCoord.Infrastructure.Sql;

/// <summary>A message as its removal needs it; deliveries of all its steps, redriven ones apart.</summary>
internal sealed class StoredMessage
{
    // Settable: of an empty result SQLite tells no types, which a constructor would have to match.
    public long MessageKey { get; init; }
    public long Priority { get; init; }
    public long SentAt { get; init; }
    public long BodyLength { get; init; }
    public string Deliveries { get; init; } = "";
    public string Later { get; init; } = "";
    public string Redriven { get; init; } = "";

    public const string Select = """
        SELECT message_key AS MessageKey, priority AS Priority, sent_at AS SentAt, CAST(length(body) AS BIGINT) AS BodyLength, deliveries AS Deliveries,
               COALESCE((SELECT string_agg(s.deliveries, ' ') FROM route_step s WHERE s.message_key = message.message_key AND s.at_send = 0), '') AS Later,
               COALESCE((SELECT string_agg(r.device_key || ':' || r.new_seq, ' ') FROM redrive r WHERE r.message_key = message.message_key), '') AS Redriven
        FROM message
        """;

    /// <summary>Whether only its id is remembered.</summary>
    public bool IsStripped => BodyLength == 0;

    /// <summary>All entries it ever had.</summary>
    public IEnumerable<(long Device, long Priority, long Seq)> Entries =>
        DeliveryList.Parse($"{Deliveries} {Later} {Redriven}").Where(d => d.Seq is not null).Select(d => (d.Device, Priority, d.Seq!.Value));
}

/// <summary>Removes settled messages, whole or but for their ids.</summary>
internal static class MessageRemoval
{
    /// <summary>
    /// Those of which no entry is open, nor a dead letter that ended after <paramref name="keepDead"/>, and whose route is over.
    /// Read again here: since they were found a fallback may have begun, or a dead letter come back.
    /// </summary>
    public static async Task<IReadOnlyList<StoredMessage>> SettledAsync(ISqlTransaction transaction, Database database, IReadOnlyList<StoredMessage> found, long keepDead)
    {
        await transaction.FlushAsync().ConfigureAwait(false);
        var keys = string.Join(',', found.Select(m => m.MessageKey.ToString(CultureInfo.InvariantCulture)));
        // Whoever goes on with a message, or brings it back, locks its row as well.
        await transaction.Connection.ExecuteAsync($"SELECT message_key FROM message WHERE message_key IN ({keys}) ORDER BY message_key {database.ForUpdate}").ConfigureAwait(false);
        var messages = (await transaction.Connection.QueryAsync<StoredMessage>($"{StoredMessage.Select} WHERE message_key IN ({keys}) ORDER BY message_key").ConfigureAwait(false)).AsList();
        var waiting = await transaction.QueryEachAsync(SelectTimer, messages).ConfigureAwait(false);
        (StoredMessage Message, (long, long, long) Entry)[] entries = [.. messages.SelectMany(m => m.Entries.Select(e => (m, e)))];
        var kept = await transaction.QueryEachAsync(SelectKept, [.. entries.Select(e => (e.Entry, keepDead))]).ConfigureAwait(false);
        var open = entries.Where((_, i) => kept[i] != 0).Select(e => e.Message.MessageKey).ToHashSet();
        var acknowledged = await transaction.QueryEachAsync(SelectAcknowledged, [.. entries.Select(e => e.Entry)]).ConfigureAwait(false);
        var over = entries.Where((_, i) => acknowledged[i] != 0).Select(e => e.Message.MessageKey).ToHashSet();
        return [.. messages.Where((m, i) => !open.Contains(m.MessageKey) && (waiting[i] is null || over.Contains(m.MessageKey)))];
    }

    /// <summary>Leaves the row with id, digest and first answer: enough to know a repeat.</summary>
    public static async Task StripAsync(ISqlTransaction transaction, IReadOnlyList<StoredMessage> messages)
    {
        await RemoveEntriesAsync(transaction, messages).ConfigureAwait(false);
        await transaction.ExecuteEachAsync(DeleteTimer, messages).ConfigureAwait(false);
        await transaction.ExecuteEachAsync(Strip, messages).ConfigureAwait(false);
        await transaction.FlushAsync().ConfigureAwait(false);
    }

    /// <summary>Leaves nothing.</summary>
    public static async Task ForgetAsync(ISqlTransaction transaction, IReadOnlyList<StoredMessage> messages)
    {
        await RemoveEntriesAsync(transaction, messages).ConfigureAwait(false);
        foreach (var statement in Forget) await transaction.ExecuteEachAsync(statement, messages).ConfigureAwait(false);
        await transaction.FlushAsync().ConfigureAwait(false);
    }

    // A cursor's moves tell when entries at or below them were acknowledged: once the entries are gone, they tell nothing.
    private static async Task RemoveEntriesAsync(ISqlTransaction transaction, IReadOnlyList<StoredMessage> messages)
    {
        (long Device, long Priority, long Seq)[] entries = [.. messages.SelectMany(m => m.Entries).Order()];
        await transaction.ExecuteEachAsync(DeleteEntry, entries).ConfigureAwait(false);
        (long, long, long)[] moves = [.. entries.GroupBy(e => (e.Device, e.Priority)).Select(g => (g.Key.Device, g.Key.Priority, g.Max(e => e.Seq)))];
        await transaction.ExecuteEachAsync(DeleteMoves, moves).ConfigureAwait(false);
    }

    private static readonly SqlQuery<((long Device, long Priority, long Seq) Entry, long KeepDead), long> SelectKept = new(
        """
        SELECT e.seq FROM entry e JOIN mailbox m ON m.device_key = e.device_key
        WHERE e.device_key = $1 AND e.priority = $2 AND e.seq = $3 AND (
            e.state = 1
            OR (e.state = 0 AND e.seq > CASE e.priority WHEN 0 THEN m.acked_low WHEN 1 THEN m.acked_normal WHEN 2 THEN m.acked_high ELSE m.acked_critical END)
            OR (e.state IN (3, 5) AND e.dismissed_at IS NULL AND e.settled_at > $4))
        """,
        static (p, e) => { Bind(p, e.Entry); p.Add(e.KeepDead); }, static r => r.GetInt64(0));

    private static readonly SqlQuery<(long Device, long Priority, long Seq), long> SelectAcknowledged = new(
        """
        SELECT e.seq FROM entry e JOIN mailbox m ON m.device_key = e.device_key
        WHERE e.device_key = $1 AND e.priority = $2 AND e.seq = $3 AND (e.state = 2
            OR (e.state = 0 AND e.seq <= CASE e.priority WHEN 0 THEN m.acked_low WHEN 1 THEN m.acked_normal WHEN 2 THEN m.acked_high ELSE m.acked_critical END))
        """,
        Bind, static r => r.GetInt64(0));

    private static readonly SqlQuery<StoredMessage, string> SelectTimer = new(
        $"SELECT subject FROM timer WHERE kind = '{RouteSql.TimerKind}' AND subject = $1", static (p, m) => p.Add(RouteSql.Subject(m.MessageKey)), static r => r.GetString(0));

    private static readonly SqlStatement<StoredMessage> DeleteTimer = new(
        $"DELETE FROM timer WHERE kind = '{RouteSql.TimerKind}' AND subject = $1", static (p, m) => p.Add(RouteSql.Subject(m.MessageKey)));

    private static readonly SqlStatement<(long Device, long Priority, long Seq)> DeleteEntry = new(
        "DELETE FROM entry WHERE device_key = $1 AND priority = $2 AND seq = $3", Bind);

    private static readonly SqlStatement<(long Device, long Priority, long Seq)> DeleteMoves = new(
        """
        DELETE FROM acknowledgement WHERE device_key = $1 AND priority = $2 AND seq <= $3
          AND seq < COALESCE((SELECT MIN(seq) FROM entry WHERE device_key = $1 AND priority = $2), $3 + 1)
        """, Bind);

    private static readonly SqlStatement<StoredMessage> Strip = new(
        "UPDATE message SET body = '' WHERE message_key = $1", static (p, m) => p.Add(m.MessageKey));

    private static readonly SqlStatement<StoredMessage>[] Forget =
    [
        new("DELETE FROM route WHERE message_key = $1", static (p, m) => p.Add(m.MessageKey)),
        new("DELETE FROM route_step WHERE message_key = $1", static (p, m) => p.Add(m.MessageKey)),
        new("DELETE FROM redrive WHERE message_key = $1", static (p, m) => p.Add(m.MessageKey)),
        DeleteTimer,
        new("DELETE FROM message WHERE message_key = $1", static (p, m) => p.Add(m.MessageKey)),
    ];

    private static void Bind(ISqlParameters p, (long Device, long Priority, long Seq) entry)
    {
        p.Add(entry.Device);
        p.Add(entry.Priority);
        p.Add(entry.Seq);
    }
}
