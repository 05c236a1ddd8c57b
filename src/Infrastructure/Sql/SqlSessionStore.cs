using Dapper;
using RooCoord.Application.Cluster;
using RooCoord.Application.Messages;
using RooCoord.Application.Sessions;
using RooCoord.Domain.Devices;
using RooCoord.Domain.Sessions;

namespace RooCoord.Infrastructure.Sql;

/// <inheritdoc cref="ISessionStore"/>
internal sealed class SqlSessionStore(Database database, GroupCommit commit, OwnNode node) : ISessionStore
{
    private const string SelectLive = """
        SELECT s.session_id AS SessionId, s.device_key AS DeviceKey, d.id AS DeviceId, s.fence AS Fence, s.connected AS Connected,
               s.started_at AS StartedAt, s.disconnected_at AS DisconnectedAt
        FROM session s JOIN device d ON d.device_key = s.device_key
        WHERE s.ended_at IS NULL
        """;

    public Task<OpenedSession> OpenAsync(long deviceKey, string familyId, string newSessionId, DateTimeOffset now) => commit.RunAsync(async transaction =>
    {
        var connection = transaction.Connection;
        var at = now.ToUnixTimeMilliseconds();
        var (fence, nodeBefore) = (await connection.QueryAsync<(long, long)>(
            """
            UPDATE mailbox SET fence = fence + 1, node_before = node, node = @Key WHERE device_key = @deviceKey AND closed = 0
              AND EXISTS (SELECT 1 FROM credential_family WHERE family_id = @familyId AND revoked_at IS NULL)
            RETURNING fence, node_before
            """, new { deviceKey, familyId, node.Key }).ConfigureAwait(false)).FirstOrDefault();
        if (fence == 0) throw Domain.Fault.Unauthorized("the device or its credential was revoked");
        // Looked at under the mailbox's lock: whoever disables the user or revokes the family after this raises the fence once more.
        var before = await connection.ExecuteScalarAsync<long?>(
            """
            SELECT d.status FROM device d JOIN user_account u ON u.user_key = d.user_key JOIN credential_family f ON f.device_key = d.device_key
            WHERE d.device_key = @deviceKey AND f.family_id = @familyId AND f.revoked_at IS NULL AND u.disabled_at IS NULL
            """, new { deviceKey, familyId }).ConfigureAwait(false)
            ?? throw Domain.Fault.Unauthorized("the user is disabled or the credential was revoked");
        var last = (await connection.QueryAsync<SessionRow>($"{SelectLive} AND s.device_key = @deviceKey", new { deviceKey }).ConfigureAwait(false)).FirstOrDefault()?.ToSession();
        var resumed = last?.CanResume(now) == true;
        if (resumed)
        {
            await connection.ExecuteAsync(
                "UPDATE session SET connected = 1, disconnected_at = NULL, fence = @fence WHERE session_id = @Id", new { last!.Id, fence }).ConfigureAwait(false);
        }
        else
        {
            await connection.ExecuteAsync("UPDATE session SET ended_at = @at WHERE device_key = @deviceKey AND ended_at IS NULL", new { deviceKey, at }).ConfigureAwait(false);
            await connection.ExecuteAsync(
                """
                INSERT INTO session (session_id, device_key, user_key, fence, connected, started_at)
                SELECT @newSessionId, device_key, user_key, @fence, 1, @at FROM device WHERE device_key = @deviceKey
                """, new { newSessionId, fence, at, deviceKey }).ConfigureAwait(false);
        }
        await connection.ExecuteAsync(
            "UPDATE device SET status = @online, last_seen_at = @at WHERE device_key = @deviceKey", new { online = (long)DeviceStatus.Online, at, deviceKey }).ConfigureAwait(false);
        return new OpenedSession(resumed ? last!.Id : newSessionId, fence, resumed, before != (long)DeviceStatus.Online, nodeBefore == node.Key ? 0 : nodeBefore);
    }, mailbox: deviceKey);

    public Task<bool> CloseAsync(long deviceKey, long fence, DateTimeOffset now) => commit.RunAsync(async transaction =>
    {
        var at = now.ToUnixTimeMilliseconds();
        // The mailbox first, as whoever opens or ends a session does.
        await transaction.Connection.ExecuteAsync("UPDATE mailbox SET node = 0 WHERE device_key = @deviceKey AND fence = @fence", new { deviceKey, fence }).ConfigureAwait(false);
        var closed = await transaction.Connection.ExecuteAsync(
            "UPDATE session SET connected = 0, disconnected_at = @at WHERE device_key = @deviceKey AND fence = @fence AND connected = 1 AND ended_at IS NULL",
            new { deviceKey, fence, at }).ConfigureAwait(false);
        if (closed == 0) return false;
        await OfflineAsync(transaction, deviceKey, at).ConfigureAwait(false);
        return true;
    }, mailbox: deviceKey);

    public async Task<bool> IsCurrentAsync(long deviceKey, long fence, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenAsync(cancellationToken).ConfigureAwait(false);
        return await connection.ExecuteScalarAsync<long>("SELECT fence FROM mailbox WHERE device_key = @deviceKey", new { deviceKey }).ConfigureAwait(false) == fence;
    }

    public async Task<FencedBy> FencedByAsync(MailboxHolder holder, string familyId, string sessionId, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenAsync(cancellationToken).ConfigureAwait(false);
        return (FencedBy)await connection.ExecuteScalarAsync<long>(
            """
            SELECT CASE
                WHEN m.closed <> 0 OR u.disabled_at IS NOT NULL
                  OR NOT EXISTS (SELECT 1 FROM credential_family WHERE family_id = @familyId AND revoked_at IS NULL) THEN CAST(2 AS BIGINT)
                WHEN NOT EXISTS (SELECT 1 FROM session WHERE session_id = @sessionId AND ended_at IS NULL) THEN 1
                WHEN EXISTS (SELECT 1 FROM session WHERE session_id = @sessionId AND fence > @Fence) THEN 0
                ELSE 3 END
            FROM mailbox m JOIN device d ON d.device_key = m.device_key JOIN user_account u ON u.user_key = d.user_key WHERE m.device_key = @DeviceKey
            """, new { holder.DeviceKey, holder.Fence, familyId, sessionId }).ConfigureAwait(false);
    }

    private static Task OfflineAsync(ISqlTransaction transaction, long deviceKey, long at) => transaction.Connection.ExecuteAsync(
        "UPDATE device SET status = 0, last_seen_at = @at WHERE device_key = @deviceKey", new { deviceKey, at });

    public Task<bool> SetStatusAsync(long deviceKey, long fence, DeviceStatus status) => commit.RunAsync(async transaction =>
        await transaction.Connection.ExecuteAsync(
            """
            UPDATE device SET status = @status WHERE device_key = @deviceKey
              AND EXISTS (SELECT 1 FROM session WHERE device_key = @deviceKey AND fence = @fence AND connected = 1 AND ended_at IS NULL)
            """, new { deviceKey, fence, status = (long)status }).ConfigureAwait(false) > 0);

    public Task SeenAsync(IReadOnlyList<long> deviceKeys, DateTimeOffset now) => commit.RunAsync(async transaction =>
    {
        var at = now.ToUnixTimeMilliseconds();
        // In the order of the keys, so that two nodes cannot wait for each other.
        await transaction.ExecuteEachAsync(Seen, [.. deviceKeys.Order().Select(key => (key, at))]).ConfigureAwait(false);
        await transaction.FlushAsync().ConfigureAwait(false);
        return deviceKeys.Count;
    });

    // Never back: a connection may have closed a moment ago.
    private static readonly SqlStatement<(long Key, long At)> Seen = new(
        "UPDATE device SET last_seen_at = $1 WHERE device_key = $2 AND (last_seen_at IS NULL OR last_seen_at < $1)",
        static (p, row) =>
        {
            p.Add(row.At);
            p.Add(row.Key);
        });

    public async Task<IReadOnlyList<Session>> ListAsync(long userKey, DateTimeOffset now, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenAsync(cancellationToken).ConfigureAwait(false);
        var rows = await connection.QueryAsync<SessionRow>($"{SelectLive} AND s.user_key = @userKey ORDER BY s.started_at, s.session_id", new { userKey }).ConfigureAwait(false);
        return [.. rows.Select(r => r.ToSession()).Where(s => s.CanResume(now))];
    }

    public Task<IReadOnlyList<Session>> EndAsync(long userKey, string? sessionId, DateTimeOffset now) => commit.RunAloneAsync(async transaction =>
    {
        var connection = transaction.Connection;
        var at = now.ToUnixTimeMilliseconds();
        var rows = await connection.QueryAsync<SessionRow>($"{SelectLive} AND s.user_key = @userKey ORDER BY s.device_key", new { userKey }).ConfigureAwait(false);
        Session[] live = [.. rows.Select(r => r.ToSession()).Where(s => s.CanResume(now) && (sessionId is null || s.Id == sessionId))];
        foreach (var session in live)
        {
            // The mailbox first, as whoever opens a session does.
            await connection.ExecuteAsync("UPDATE mailbox SET fence = fence + 1, node = 0 WHERE device_key = @DeviceKey", new { session.DeviceKey }).ConfigureAwait(false);
            await connection.ExecuteAsync("UPDATE session SET ended_at = @at, connected = 0 WHERE session_id = @Id", new { at, session.Id }).ConfigureAwait(false);
            if (session.Connected) await OfflineAsync(transaction, session.DeviceKey, at).ConfigureAwait(false);
        }
        return (IReadOnlyList<Session>)live;
    });

    private sealed record SessionRow(string SessionId, long DeviceKey, string DeviceId, long Fence, long Connected, long StartedAt, long? DisconnectedAt)
    {
        public Session ToSession() => new()
        {
            Id = SessionId,
            DeviceKey = DeviceKey,
            DeviceId = DeviceId,
            Fence = Fence,
            Connected = Connected != 0,
            StartedAt = DateTimeOffset.FromUnixTimeMilliseconds(StartedAt),
            DisconnectedAt = DeviceRow.Time(DisconnectedAt),
        };
    }
}
