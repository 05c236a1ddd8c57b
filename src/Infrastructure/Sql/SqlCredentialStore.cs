using System.Data.Common;
using Dapper;
using RooCoord.Application.Devices;
using RooCoord.Domain.Devices;

namespace RooCoord.Infrastructure.Sql;

/// <inheritdoc cref="ICredentialStore"/>
internal sealed class SqlCredentialStore(Database database, GroupCommit commit) : ICredentialStore
{
    public Task<Device?> IssueAsync(long userKey, string deviceId, NewRefreshToken credential) => commit.RunAloneAsync(async transaction =>
    {
        var connection = transaction.Connection;
        if (await SqlDeviceStore.FindAsync(connection, userKey, deviceId).ConfigureAwait(false) is not { } device) return null;
        await FenceAsync(connection, device.Key).ConfigureAwait(false);
        await connection.ExecuteAsync(
            "UPDATE credential_family SET revoked_at = @Now WHERE device_key = @Key AND revoked_at IS NULL",
            new { device.Key, Now = credential.CreatedAt.ToUnixTimeMilliseconds() }).ConfigureAwait(false);
        await StartFamilyAsync(connection, device.Key, credential).ConfigureAwait(false);
        return (Device?)device;
    });

    // A connection that is just being opened with the revoked family finds itself fenced off.
    private static Task FenceAsync(DbConnection connection, long deviceKey) =>
        connection.ExecuteAsync("UPDATE mailbox SET fence = fence + 1, node = 0 WHERE device_key = @deviceKey", new { deviceKey });

    internal static async Task StartFamilyAsync(DbConnection connection, long deviceKey, NewRefreshToken credential)
    {
        await connection.ExecuteAsync(
            "INSERT INTO credential_family (family_id, device_key, created_at) VALUES (@FamilyId, @deviceKey, @at)",
            new { credential.FamilyId, deviceKey, at = credential.CreatedAt.ToUnixTimeMilliseconds() }).ConfigureAwait(false);
        await InsertAsync(connection, credential, 1).ConfigureAwait(false);
    }

    private static Task InsertAsync(DbConnection connection, NewRefreshToken credential, long generation) => connection.ExecuteAsync(
        """
        INSERT INTO refresh_token (token_hash, family_id, generation, created_at, expires_at, used)
        VALUES (@Hash, @FamilyId, @generation, @at, @expires, 0)
        """,
        new
        {
            credential.Hash,
            credential.FamilyId,
            generation,
            at = credential.CreatedAt.ToUnixTimeMilliseconds(),
            expires = (credential.CreatedAt + RefreshToken.Lifetime).ToUnixTimeMilliseconds(),
        });

    public Task<PresentedToken> PresentAsync(string hash, string successorHash, DateTimeOffset now) => commit.RunAsync(async transaction =>
    {
        var connection = transaction.Connection;
        var at = now.ToUnixTimeMilliseconds();
        // The family's row is touched first: two nodes presented with one token decide one after the other.
        await connection.ExecuteAsync(
            "UPDATE credential_family SET created_at = created_at WHERE family_id = (SELECT family_id FROM refresh_token WHERE token_hash = @hash)", new { hash }).ConfigureAwait(false);
        var row = await connection.QuerySingleOrDefaultAsync<TokenRow>(
            """
            SELECT t.family_id AS FamilyId, t.generation AS Generation, t.expires_at AS ExpiresAt, t.superseded_at AS SupersededAt,
                   f.revoked_at AS RevokedAt, f.device_key AS DeviceKey,
                   (SELECT COUNT(*) FROM refresh_token s WHERE s.family_id = t.family_id AND s.generation > t.generation AND s.used = 1) AS SuccessorsUsed,
                   (SELECT MAX(generation) FROM refresh_token s WHERE s.family_id = t.family_id) AS Newest, u.disabled_at AS DisabledAt
            FROM refresh_token t JOIN credential_family f ON f.family_id = t.family_id
            JOIN device d ON d.device_key = f.device_key JOIN user_account u ON u.user_key = d.user_key WHERE t.token_hash = @hash
            """, new { hash }).ConfigureAwait(false);
        // A disabled user's token is neither used nor reused: it counts again once the user is enabled.
        if (row is null || row.DisabledAt is not null) return new PresentedToken(RefreshDecision.Refuse, null, "", 0);
        var token = new RefreshToken(row.Generation, DateTimeOffset.FromUnixTimeMilliseconds(row.ExpiresAt), DeviceRow.Time(row.SupersededAt), row.RevokedAt is not null, row.SuccessorsUsed > 0);
        var decision = token.Present(now);
        var device = (await connection.QuerySingleAsync<DeviceRow>($"{DeviceRow.Select} WHERE d.device_key = @DeviceKey", new { row.DeviceKey }).ConfigureAwait(false)).ToDevice();
        if (decision == RefreshDecision.RevokeFamily)
        {
            // Behind the family's lock, and perhaps those of the batch: a deadlock, a second and a retry are possible, once a theft.
            await FenceAsync(connection, row.DeviceKey).ConfigureAwait(false);
            await connection.ExecuteAsync("UPDATE credential_family SET revoked_at = @at WHERE family_id = @FamilyId", new { at, row.FamilyId }).ConfigureAwait(false);
        }
        else if (decision == RefreshDecision.Rotate)
        {
            await connection.ExecuteAsync("UPDATE refresh_token SET used = 1 WHERE token_hash = @hash", new { hash }).ConfigureAwait(false);
            await connection.ExecuteAsync("UPDATE refresh_token SET superseded_at = @at WHERE family_id = @FamilyId AND superseded_at IS NULL", new { at, row.FamilyId }).ConfigureAwait(false);
            await InsertAsync(connection, new(row.FamilyId, successorHash, now), row.Newest + 1).ConfigureAwait(false);
        }
        return new PresentedToken(decision, device, row.FamilyId, row.Newest + 1);
    });

    public async Task<AuthenticatedDevice?> AuthenticateAsync(string deviceId, string familyId, long generation, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenAsync(cancellationToken).ConfigureAwait(false);
        var row = await connection.QuerySingleOrDefaultAsync<AuthenticationRow>(
            """
            SELECT d.device_key AS DeviceKey, d.user_key AS UserKey, u.id AS UserId, t.used AS Used
            FROM device d
            JOIN user_account u ON u.user_key = d.user_key
            JOIN credential_family f ON f.device_key = d.device_key
            JOIN refresh_token t ON t.family_id = f.family_id
            WHERE d.id = @deviceId AND d.revoked_at IS NULL AND f.family_id = @familyId AND f.revoked_at IS NULL AND t.generation = @generation AND u.disabled_at IS NULL
            """, new { deviceId, familyId, generation }).ConfigureAwait(false);
        if (row is null) return null;
        if (row.Used == 0)
        {
            await commit.RunAsync(transaction => transaction.Connection.ExecuteAsync(
                "UPDATE refresh_token SET used = 1 WHERE family_id = @familyId AND generation = @generation", new { familyId, generation })).ConfigureAwait(false);
        }
        return new(row.DeviceKey, row.UserKey, row.UserId);
    }

    private sealed record TokenRow(string FamilyId, long Generation, long ExpiresAt, long? SupersededAt, long? RevokedAt, long DeviceKey, long SuccessorsUsed, long Newest, long? DisabledAt);

    private sealed record AuthenticationRow(long DeviceKey, long UserKey, string UserId, long Used);
}
