using Dapper;
using RooCoord.Application.Messages;
using RooCoord.Domain.Messages;

namespace RooCoord.Infrastructure.Sql;

/// <inheritdoc cref="IMailbox"/>
internal sealed class SqlMailbox(Database database, GroupCommit commit) : IMailbox
{
    internal static readonly string[] Cursors = ["acked_low", "acked_normal", "acked_high", "acked_critical"];

    public Task<AppendResult> AppendAsync(Message message, Route route, long? senderKey) => Run(new AppendWork(message, route, senderKey));

    public Task<Settlement> AcknowledgeAsync(MailboxHolder holder, long seq, EntryKind? known) => Run(new AcknowledgeWork(holder, seq, known));

    public Task<bool> RejectAsync(MailboxHolder holder, long seq, string? reason) => Run(new RejectWork(holder, seq, reason));

    public Task<bool> RetryAsync(MailboxHolder holder, long seq, DateTimeOffset dueAt) => Run(new RetryWork(holder, seq, dueAt));

    public Task<ClaimResult> ClaimAsync(MailboxHolder holder, long userKey, string messageId) => Run(new ClaimWork(holder, userKey, messageId));

    public Task<IReadOnlyList<long>> ReturnAsync(MailboxHolder holder, FlightReturn flight, bool connectionEnded) =>
        Run(new ReturnWork(holder, flight, connectionEnded))!;

    private Task<T> Run<T>(Work<T> work)
    {
        commit.Enqueue(work);
        return work.Task;
    }

    public async Task<MailboxPosition> PositionAsync(long deviceKey, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenAsync(cancellationToken).ConfigureAwait(false);
        var (head, firstOpen) = await connection.QuerySingleOrDefaultAsync<(long, long?)>(
            """
            SELECT m.head, (SELECT MIN(o.seq) FROM (
                SELECT (SELECT seq FROM entry WHERE device_key = m.device_key AND priority = 0 AND seq > m.acked_low AND state = 0 ORDER BY seq LIMIT 1) AS seq
                UNION ALL SELECT (SELECT seq FROM entry WHERE device_key = m.device_key AND priority = 1 AND seq > m.acked_normal AND state = 0 ORDER BY seq LIMIT 1)
                UNION ALL SELECT (SELECT seq FROM entry WHERE device_key = m.device_key AND priority = 2 AND seq > m.acked_high AND state = 0 ORDER BY seq LIMIT 1)
                UNION ALL SELECT (SELECT seq FROM entry WHERE device_key = m.device_key AND priority = 3 AND seq > m.acked_critical AND state = 0 ORDER BY seq LIMIT 1)
                UNION ALL SELECT (SELECT MIN(seq) FROM entry WHERE device_key = m.device_key AND state = 1)) o) AS first_open
            FROM mailbox m WHERE m.device_key = @deviceKey AND m.closed = 0
            """, new { deviceKey }).ConfigureAwait(false);
        return new(head >> MailboxCursor.EpochShift, head, firstOpen - 1 ?? head);
    }

    public async Task<EntryPage> ReadAsync(long deviceKey, Priority priority, long after, int limit, int maxBytes, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenAsync(cancellationToken).ConfigureAwait(false);
        var cursor = await connection.ExecuteScalarAsync<long>(
            $"SELECT {Cursors[(int)priority]} FROM mailbox WHERE device_key = @deviceKey", new { deviceKey }).ConfigureAwait(false);
        var rows = connection.QueryUnbufferedAsync<EntryRow>(
            $"""
            SELECT * FROM (
                {EntryRow.Select}
                WHERE e.device_key = @deviceKey AND e.priority = @priority AND e.seq > @from AND e.state = 0 ORDER BY e.seq LIMIT @limit) ordinary
            UNION ALL SELECT * FROM (
                {EntryRow.Select}
                WHERE e.device_key = @deviceKey AND e.priority = @priority AND e.seq > @after AND e.state = 1 AND e.due_at IS NULL AND e.offer < 3
                ORDER BY e.seq LIMIT @limit) offers
            ORDER BY 1 LIMIT @limit
            """, new { deviceKey, priority = (long)priority, from = Math.Max(after, cursor), after, limit });
        var entries = new List<Entry>();
        long bytes = 0;
        await foreach (var row in rows.WithCancellation(cancellationToken).ConfigureAwait(false))
        {
            entries.Add(row.ToEntry());
            bytes += entries[^1].Message.Body.Length;
            if (maxBytes > 0 && bytes > maxBytes) return new(entries, More: true);
        }
        return new(entries, More: entries.Count == limit);
    }

    public async Task<DueEntries> ReadDueAsync(long deviceKey, DateTimeOffset now, int limit, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenAsync(cancellationToken).ConfigureAwait(false);
        var at = now.ToUnixTimeMilliseconds();
        var rows = (await connection.QueryAsync<EntryRow>(
            $"""
            {EntryRow.Select}
            WHERE e.device_key = @deviceKey AND e.state = 1 AND e.due_at <= @at AND e.offer < 3
            ORDER BY e.priority DESC, e.due_at, e.seq LIMIT @limit
            """, new { deviceKey, at, limit }).ConfigureAwait(false)).AsList();
        if (rows.Count == limit) return new([.. rows.Select(r => r.ToEntry())], now);
        var next = await connection.ExecuteScalarAsync<long?>(
            "SELECT MIN(due_at) FROM entry WHERE device_key = @deviceKey AND state = 1 AND due_at > @at", new { deviceKey, at }).ConfigureAwait(false);
        return new([.. rows.Select(r => r.ToEntry())], next is { } ms ? DateTimeOffset.FromUnixTimeMilliseconds(ms) : null);
    }
}
