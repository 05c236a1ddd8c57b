using System.Data.Common;
using Dapper;
using RooCoord.Application.Admin;
using RooCoord.Domain.Users;

namespace RooCoord.Infrastructure.Sql;

/// <inheritdoc cref="IUserStore"/>
internal sealed class SqlUserStore(Database database, GroupCommit commit) : IUserStore
{
    private const string Columns = "u.user_key AS UserKey, u.id AS Id, u.created_at AS CreatedAt, u.disabled_at AS DisabledAt, u.tokens_revoked_at AS TokensRevokedAt, u.erasing_at AS ErasingAt, u.erased_at AS ErasedAt";
    private const string Counted = $"SELECT {Columns}, (SELECT COUNT(*) FROM device d WHERE d.user_key = u.user_key AND d.revoked_at IS NULL) AS Devices FROM user_account u";

    public async Task<UserAccount?> AccountAsync(string userId, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenAsync(cancellationToken).ConfigureAwait(false);
        return (await connection.QuerySingleOrDefaultAsync<UserRow>($"SELECT {Columns}, CAST(0 AS BIGINT) AS Devices FROM user_account u WHERE u.id = @userId", new { userId }).ConfigureAwait(false))?.ToUser();
    }

    public async Task<UserAccount?> FindAsync(string userId, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenAsync(cancellationToken).ConfigureAwait(false);
        return await FindAsync(connection, userId).ConfigureAwait(false);
    }

    private static async Task<UserAccount?> FindAsync(DbConnection connection, string userId) =>
        (await connection.QuerySingleOrDefaultAsync<UserRow>($"{Counted} WHERE u.id = @userId", new { userId }).ConfigureAwait(false))?.ToUser();

    public async Task<IReadOnlyList<UserAccount>> ListAsync(string? part, string? after, int limit, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenAsync(cancellationToken).ConfigureAwait(false);
        // REPLACE finds a part alike on both engines, and no character of it is special, as in LIKE.
        var rows = await connection.QueryAsync<UserRow>(
            $"""
            {Counted} WHERE u.id > @after AND (@part = '' OR REPLACE(u.id, @part, '') <> u.id)
            ORDER BY u.id LIMIT @limit
            """, new { part = part ?? "", after = after ?? "", limit }).ConfigureAwait(false);
        return [.. rows.Select(r => r.ToUser())];
    }

    public Task<UserAccount> DisableAsync(string userId, DateTimeOffset now) => commit.RunAloneAsync(async transaction =>
    {
        var (connection, at) = (transaction.Connection, now.ToUnixTimeMilliseconds());
        var user = await SqlDeviceStore.UserAsync(connection, userId, now).ConfigureAwait(false);
        await FenceAsync(connection, user).ConfigureAwait(false);
        await connection.ExecuteAsync("UPDATE user_account SET disabled_at = @at WHERE user_key = @user AND disabled_at IS NULL", new { user, at }).ConfigureAwait(false);
        return (await FindAsync(connection, userId).ConfigureAwait(false))!;
    });

    public Task<UserAccount?> EnableAsync(string userId) => commit.RunAsync(async transaction =>
    {
        await transaction.Connection.ExecuteAsync("UPDATE user_account SET disabled_at = NULL WHERE id = @userId", new { userId }).ConfigureAwait(false);
        return await FindAsync(transaction.Connection, userId).ConfigureAwait(false);
    });

    public Task<UserAccount> RevokeTokensAsync(string userId, DateTimeOffset now) => commit.RunAloneAsync(async transaction =>
    {
        var user = await SqlDeviceStore.UserAsync(transaction.Connection, userId, now).ConfigureAwait(false);
        await RevokeAsync(transaction.Connection, user, now.ToUnixTimeMilliseconds()).ConfigureAwait(false);
        return (await FindAsync(transaction.Connection, userId).ConfigureAwait(false))!;
    });

    public Task<UserAccount?> BeginErasureAsync(string userId, DateTimeOffset now) => commit.RunAloneAsync(async transaction =>
    {
        var (connection, at) = (transaction.Connection, now.ToUnixTimeMilliseconds());
        if (await connection.ExecuteScalarAsync<long?>("SELECT user_key FROM user_account WHERE id = @userId", new { userId }).ConfigureAwait(false) is not { } key) return null;
        await RevokeAsync(connection, key, at).ConfigureAwait(false);
        await connection.ExecuteAsync("UPDATE user_account SET erasing_at = COALESCE(erasing_at, @at) WHERE user_key = @key", new { key, at }).ConfigureAwait(false);
        return await FindAsync(connection, userId).ConfigureAwait(false);
    });

    private async Task RevokeAsync(DbConnection connection, long user, long at)
    {
        await FenceAsync(connection, user).ConfigureAwait(false);
        await connection.ExecuteAsync("UPDATE user_account SET tokens_revoked_at = @at WHERE user_key = @user", new { user, at }).ConfigureAwait(false);
        await connection.ExecuteAsync(
            """
            UPDATE credential_family SET revoked_at = @at
            WHERE revoked_at IS NULL AND device_key IN (SELECT device_key FROM device WHERE user_key = @user)
            """, new { user, at }).ConfigureAwait(false);
    }

    // Mailboxes before accounts and families, as every batch locks them. A connection that is just being opened finds itself fenced off.
    private async Task FenceAsync(DbConnection connection, long user)
    {
        const string Theirs = "device_key IN (SELECT device_key FROM device WHERE user_key = @user AND revoked_at IS NULL)";
        await connection.QueryAsync<long>($"SELECT device_key FROM mailbox WHERE {Theirs} ORDER BY device_key {database.ForUpdate}", new { user }).ConfigureAwait(false);
        await connection.ExecuteAsync($"UPDATE mailbox SET fence = fence + 1, node = 0 WHERE {Theirs}", new { user }).ConfigureAwait(false);
    }

    // Settable: of an empty result SQLite tells no types, which a constructor would have to match.
    private sealed class UserRow
    {
        public long UserKey { get; init; }
        public string Id { get; init; } = "";
        public long CreatedAt { get; init; }
        public long? DisabledAt { get; init; }
        public long? TokensRevokedAt { get; init; }
        public long? ErasingAt { get; init; }
        public long? ErasedAt { get; init; }
        public long Devices { get; init; }

        public UserAccount ToUser() => new()
        {
            Key = UserKey,
            Id = Id,
            CreatedAt = DateTimeOffset.FromUnixTimeMilliseconds(CreatedAt),
            DisabledAt = DeviceRow.Time(DisabledAt),
            TokensRevokedAt = DeviceRow.Time(TokensRevokedAt),
            ErasingAt = DeviceRow.Time(ErasingAt),
            ErasedAt = DeviceRow.Time(ErasedAt),
            Devices = Devices,
        };
    }
}
