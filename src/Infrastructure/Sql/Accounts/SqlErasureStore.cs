using System.Data.Common;
using Dapper;
using RooCoord.Application;
using RooCoord.Application.Accounts;
using RooCoord.Application.Files;
using RooCoord.Domain.Users;
using RooCoord.Infrastructure.Sql.Files;

namespace RooCoord.Infrastructure.Sql.Accounts;

/// <inheritdoc cref="IErasureStore"/>
internal sealed class SqlErasureStore(Database database, GroupCommit commit) : IErasureStore
{
    // Rows a transaction: short enough for the senders that wait meanwhile.
    private const int Rows = 200;
    private const int Files = 20;

    public async Task<IReadOnlyList<UserAccount>> PendingAsync(CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenAsync(cancellationToken).ConfigureAwait(false);
        var rows = await connection.QueryAsync<(long Key, string Id, long CreatedAt)>(
            "SELECT user_key, id, created_at FROM user_account WHERE erasing_at IS NOT NULL ORDER BY user_key").ConfigureAwait(false);
        return [.. rows.Select(r => new UserAccount { Key = r.Key, Id = r.Id, CreatedAt = DateTimeOffset.FromUnixTimeMilliseconds(r.CreatedAt) })];
    }

    public Task<ErasureStep> RemoveSomeAsync(UserAccount user, DateTimeOffset now) => commit.RunAsync(async transaction =>
    {
        var connection = transaction.Connection;
        if (await RemoveUploadsAsync(connection, user.Key, now).ConfigureAwait(false)) return More([]);
        if (await RemoveFilesAsync(transaction, user, now).ConfigureAwait(false) is { Count: > 0 } files) return More(files);
        await RemoveRightsAsync(connection, user.Key).ConfigureAwait(false);
        if (await RemoveMessagesAsync(transaction, user.Key).ConfigureAwait(false)) return More([]);
        if (await RemoveDeviceAsync(connection, user.Key).ConfigureAwait(false)) return More([]);
        // The row stays for the ids in the audits, and so that tokens of before stay refused.
        await connection.ExecuteAsync(
            "UPDATE user_account SET erasing_at = NULL, erased_at = @at, stored_bytes = 0, stored_files = 0 WHERE user_key = @Key",
            new { user.Key, at = now.ToUnixTimeMilliseconds() }).ConfigureAwait(false);
        return new ErasureStep(true, []);
    });

    private static ErasureStep More(IReadOnlyList<RemovedFile> files) => new(false, files);

    private static async Task<bool> RemoveUploadsAsync(DbConnection connection, long user, DateTimeOffset now)
    {
        var uploads = (await connection.QueryAsync<(long Key, string Blob)>(
            "SELECT upload_key, blob_id FROM upload WHERE user_key = @user ORDER BY upload_key LIMIT @Rows", new { user, Rows }).ConfigureAwait(false)).AsList();
        foreach (var (key, _) in uploads) await connection.ExecuteAsync("DELETE FROM upload WHERE upload_key = @key", new { key }).ConfigureAwait(false);
        await BlobDeletions.NoteAsync(connection, uploads.Select(u => u.Blob), now).ConfigureAwait(false);
        return uploads.Count > 0;
    }

    private static async Task<IReadOnlyList<RemovedFile>> RemoveFilesAsync(ISqlTransaction transaction, UserAccount user, DateTimeOffset now)
    {
        var connection = transaction.Connection;
        var caller = new Caller(user.Id, user.Key, null, false);
        var ids = await connection.QueryAsync<string>("SELECT id FROM file WHERE user_key = @Key ORDER BY file_key LIMIT @Files", new { user.Key, Files }).ConfigureAwait(false);
        var removed = new List<RemovedFile>();
        foreach (var id in ids)
        {
            var file = await FileLock.TakeAsync(connection, caller, id, Domain.Files.FileRole.Owner, now).ConfigureAwait(false);
            removed.Add(await FileRemoval.RunAsync(transaction, file, now).ConfigureAwait(false));
            await FileAudit.AddAsync(connection, id, caller, "erase", null, now).ConfigureAwait(false);
        }
        return removed;
    }

    private static async Task RemoveRightsAsync(DbConnection connection, long user)
    {
        await connection.ExecuteAsync("DELETE FROM file_permission WHERE user_key = @user", new { user }).ConfigureAwait(false);
        await connection.ExecuteAsync("DELETE FROM file_permission WHERE granted_by = @user", new { user }).ConfigureAwait(false);
        await connection.ExecuteAsync("DELETE FROM share WHERE user_key = @user", new { user }).ConfigureAwait(false);
    }

    // All of a user's messages are between its own devices, whose entries ended when they were revoked.
    private static async Task<bool> RemoveMessagesAsync(ISqlTransaction transaction, long user)
    {
        var messages = (await transaction.Connection.QueryAsync<StoredMessage>(
            $"{StoredMessage.Select} WHERE user_key = @user ORDER BY message_key LIMIT @Rows", new { user, Rows }).ConfigureAwait(false)).AsList();
        if (messages.Count > 0) await MessageRemoval.ForgetAsync(transaction, messages).ConfigureAwait(false);
        return messages.Count > 0;
    }

    private static async Task<bool> RemoveDeviceAsync(DbConnection connection, long user)
    {
        if (await connection.ExecuteScalarAsync<long?>("SELECT device_key FROM device WHERE user_key = @user ORDER BY device_key LIMIT 1", new { user }).ConfigureAwait(false) is not { } key) return false;
        string[] statements =
        [
            "DELETE FROM refresh_token WHERE family_id IN (SELECT family_id FROM credential_family WHERE device_key = @key)",
            "DELETE FROM credential_family WHERE device_key = @key",
            "DELETE FROM session WHERE device_key = @key",
            "DELETE FROM receipt WHERE device_key = @key",
            "DELETE FROM redrive WHERE device_key = @key",
            "DELETE FROM acknowledgement WHERE device_key = @key",
            "DELETE FROM entry WHERE device_key = @key",
            "DELETE FROM mailbox WHERE device_key = @key",
            "DELETE FROM device WHERE device_key = @key",
        ];
        foreach (var sql in statements) await connection.ExecuteAsync(sql, new { key }).ConfigureAwait(false);
        return true;
    }
}
