using Dapper;
using RooCoord.Application.Messages;
using RooCoord.Domain;
using RooCoord.Domain.Messages;

namespace RooCoord.Infrastructure.Sql;

/// <inheritdoc cref="ILedger"/>
internal sealed class SqlLedger(Database database, GroupCommit commit, TimeProvider time) : ILedger
{
    public async Task<LedgerMessage?> FindAsync(long userKey, string id, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenAsync(cancellationToken).ConfigureAwait(false);
        var row = await connection.QuerySingleOrDefaultAsync<MessageRow>(
            $"{MessageRow.Select} WHERE m.id = @id AND m.user_key = @userKey", new { id, userKey }).ConfigureAwait(false);
        if (row is null) return null;
        if (row.Body.Length == 0) throw new Fault(FaultCode.Expired, "of this message only the id is remembered");
        return (await LedgerReading.CompleteAsync(connection, [row]).ConfigureAwait(false))[0];
    }

    public async Task<IReadOnlyList<LedgerMessage>> ListAsync(long userKey, string? type, string? before, int limit, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenAsync(cancellationToken).ConfigureAwait(false);
        var from = long.MaxValue;
        if (before is not null)
            from = await connection.ExecuteScalarAsync<long?>("SELECT message_key FROM message WHERE id = @before AND user_key = @userKey", new { before, userKey }).ConfigureAwait(false)
                ?? throw Fault.NotFound("message to go on from");
        var rows = await connection.QueryAsync<MessageRow>(
            $"""
            {MessageRow.Select}
            WHERE m.user_key = @userKey AND m.message_key < @from AND m.body <> '' {(type is null ? "" : "AND m.type = @type")}
            ORDER BY m.message_key DESC LIMIT @limit
            """, new { userKey, from, type, limit }).ConfigureAwait(false);
        return await LedgerReading.CompleteAsync(connection, rows.AsList()).ConfigureAwait(false);
    }

    public async Task<IReadOnlyList<LedgerDeadLetter>> DeadLettersAsync(long userKey, string? device, DeliveryId? before, int limit, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenAsync(cancellationToken).ConfigureAwait(false);
        var from = before is { } id
            ? await connection.QuerySingleOrDefaultAsync<(long At, long Device, long Seq)>(
                """
                SELECT e.settled_at, e.device_key, e.seq FROM device d JOIN entry e ON e.device_key = d.device_key AND e.priority IN (0, 1, 2, 3) AND e.seq = @Seq
                WHERE d.id = @Device AND d.user_key = @userKey AND e.settled_at IS NOT NULL
                """, new { userKey, id.Device, id.Seq }).ConfigureAwait(false)
            : (long.MaxValue, 0, 0);
        if (from.At == 0) throw Fault.NotFound("dead letter to go on from");
        var rows = await connection.QueryAsync<DeadRow, MessageRow, LedgerDeadLetter>(
            $"""
            SELECT t.id AS Target, e.seq AS Seq, e.state AS State, e.reason AS Reason, e.settled_at AS SettledAt, e.attempt AS Attempt, {MessageRow.Columns}
            FROM device t
            JOIN entry e ON e.device_key = t.device_key AND e.state IN (3, 5) AND e.dismissed_at IS NULL
            JOIN message m ON m.message_key = e.message_key {MessageRow.Joins}
            WHERE t.user_key = @userKey {(device is null ? "" : "AND t.id = @only")} AND e.settled_at <= @At
              AND (e.settled_at < @At OR e.device_key < @Device OR (e.device_key = @Device AND e.seq < @Seq))
            ORDER BY e.settled_at DESC, e.device_key DESC, e.seq DESC LIMIT @limit
            """,
            (entry, message) => new(
                new(entry.Target, entry.Seq), EntryStates.Of((EntryState)entry.State), entry.Reason, DateTimeOffset.FromUnixTimeMilliseconds(entry.SettledAt),
                (int)entry.Attempt, message.ToMessage()),
            new { userKey, only = device, from.At, from.Device, from.Seq, limit }, splitOn: "MessageKey").ConfigureAwait(false);
        return rows.AsList();
    }

    public async Task<RedrivenEntry> RedriveAsync(long userKey, DeliveryId delivery)
    {
        var work = new RedriveWork(userKey, delivery);
        commit.Enqueue(work);
        return await work.Task.ConfigureAwait(false);
    }

    public Task<bool> PurgeAsync(long userKey, DeliveryId delivery) => commit.RunAsync(async transaction => await transaction.Connection.ExecuteAsync(
        """
        UPDATE entry SET dismissed_at = @now
        WHERE device_key = (SELECT device_key FROM device WHERE id = @Device AND user_key = @userKey) AND priority IN (0, 1, 2, 3) AND seq = @Seq
          AND state IN (3, 5) AND dismissed_at IS NULL
        """, new { userKey, delivery.Device, delivery.Seq, now = time.GetUtcNow().ToUnixTimeMilliseconds() }).ConfigureAwait(false) > 0);

    private sealed record DeadRow(string Target, long Seq, long State, string? Reason, long SettledAt, long Attempt);
}
