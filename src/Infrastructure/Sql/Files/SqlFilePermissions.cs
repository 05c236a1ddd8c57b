using Dapper;
using RooCoord.Application;
using RooCoord.Application.Files;
using RooCoord.Domain;
using RooCoord.Domain.Files;

namespace RooCoord.Infrastructure.Sql.Files;

/// <inheritdoc cref="IFilePermissions"/>
internal sealed class SqlFilePermissions(Database database, GroupCommit commit, TimeProvider time) : IFilePermissions
{
    public async Task<IReadOnlyList<FilePermission>> ListAsync(long fileKey, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenAsync(cancellationToken).ConfigureAwait(false);
        var rows = await connection.QueryAsync<PermissionRow>(
            """
            SELECT u.id AS UserId, p.role AS Role, p.expires_at AS ExpiresAt, p.created_at AS CreatedAt
            FROM file_permission p JOIN user_account u ON u.user_key = p.user_key
            WHERE p.file_key = @fileKey AND (p.expires_at IS NULL OR p.expires_at > @now) ORDER BY u.id
            """, new { fileKey, now = time.GetUtcNow().ToUnixTimeMilliseconds() }).ConfigureAwait(false);
        return [.. rows.Select(r => new FilePermission(r.UserId, (FileRole)r.Role, DeviceRow.Time(r.ExpiresAt), DateTimeOffset.FromUnixTimeMilliseconds(r.CreatedAt)))];
    }

    public Task<ChangedPermission> GrantAsync(Caller caller, string fileId, FilePermission permission) => commit.RunAsync(async transaction =>
    {
        var (connection, now) = (transaction.Connection, permission.CreatedAt);
        var file = await FileLock.TakeAsync(connection, caller, fileId, FileRole.Owner, now).ConfigureAwait(false);
        if (permission.UserId == file.OwnerId) throw Fault.Conflict("the file belongs to this user");
        var user = await SqlDeviceStore.UserAsync(connection, permission.UserId, now).ConfigureAwait(false);
        await connection.ExecuteAsync(
            """
            INSERT INTO file_permission (file_key, user_key, role, expires_at, granted_by, created_at) VALUES (@Key, @user, @role, @until, @UserKey, @at)
            ON CONFLICT (file_key, user_key) DO UPDATE SET role = excluded.role, expires_at = excluded.expires_at, granted_by = excluded.granted_by, created_at = excluded.created_at
            """,
            new { file.Key, user, role = (long)permission.Role, until = permission.ExpiresAt?.ToUnixTimeMilliseconds(), caller.UserKey, at = now.ToUnixTimeMilliseconds() }).ConfigureAwait(false);
        var role = permission.Role.ToString().ToLowerInvariant();
        var detail = permission.ExpiresAt is { } until ? $"{role} until {until:yyyy-MM-dd'T'HH:mm:ss'Z'}: {permission.UserId}" : $"{role}: {permission.UserId}";
        await FileAudit.AddAsync(connection, fileId, caller, "grant", null, now, detail).ConfigureAwait(false);
        return new ChangedPermission(file, user);
    });

    public Task<ChangedPermission> RevokeAsync(Caller caller, string fileId, string userId, DateTimeOffset now) => commit.RunAsync(async transaction =>
    {
        var connection = transaction.Connection;
        var file = await FileLock.TakeAsync(connection, caller, fileId, userId == caller.UserId ? FileRole.Viewer : FileRole.Owner, now).ConfigureAwait(false);
        if (userId == file.OwnerId) throw Fault.Conflict("the file belongs to this user");
        var user = await connection.ExecuteScalarAsync<long?>(
            """
            DELETE FROM file_permission WHERE file_key = @Key AND user_key = (SELECT user_key FROM user_account WHERE id = @userId) RETURNING user_key
            """, new { file.Key, userId }).ConfigureAwait(false) ?? throw Fault.NotFound("permission");
        await FileAudit.AddAsync(connection, fileId, caller, "revoke", null, now, userId).ConfigureAwait(false);
        return new ChangedPermission(file, user);
    });

    // Settable: of an empty result SQLite tells no types, which a constructor would have to match.
    private sealed class PermissionRow
    {
        public string UserId { get; init; } = "";
        public long Role { get; init; }
        public long? ExpiresAt { get; init; }
        public long CreatedAt { get; init; }
    }
}
