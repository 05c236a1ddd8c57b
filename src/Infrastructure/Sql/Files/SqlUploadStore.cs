using System.Data.Common;
using Dapper;
using RooCoord.Application;
using RooCoord.Application.Files;
using RooCoord.Domain;
using RooCoord.Domain.Files;

namespace RooCoord.Infrastructure.Sql.Files;

/// <inheritdoc cref="IUploadStore"/>
internal sealed class SqlUploadStore(Database database, GroupCommit commit, Application.Files.FileOptions options, TimeProvider time) : IUploadStore
{
    public Task<Upload> AddAsync(Caller caller, Upload upload, long quota) => commit.RunAsync(async transaction =>
    {
        var connection = transaction.Connection;
        var user = await SqlDeviceStore.UserAsync(connection, caller.UserId, upload.CreatedAt).ConfigureAwait(false);
        await RequireRoomAsync(connection, user, upload.Length ?? 0, quota).ConfigureAwait(false);
        var added = upload with { Key = await SqlDeviceStore.NextKeyAsync(connection, "upload").ConfigureAwait(false), UserKey = user };
        await connection.ExecuteAsync(
            """
            INSERT INTO upload (upload_key, id, user_key, device_key, kind, state, length, received, metadata, parts, blob_id, file_id, created_at, expires_at)
            VALUES (@Key, @Id, @UserKey, @DeviceKey, @Kind, @State, @Length, 0, @Metadata, @Parts, @BlobId, @FileId, @CreatedAt, @ExpiresAt)
            """,
            new
            {
                added.Key, added.Id, added.UserKey, added.DeviceKey, Kind = (long)added.Kind, State = (long)added.State, added.Length,
                Metadata = added.Metadata.Header, added.Parts, added.BlobId, added.Metadata.FileId,
                CreatedAt = added.CreatedAt.ToUnixTimeMilliseconds(), ExpiresAt = added.ExpiresAt.ToUnixTimeMilliseconds(),
            }).ConfigureAwait(false);
        return added;
    });

    public async Task<Upload?> FindAsync(long userKey, string id, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenAsync(cancellationToken).ConfigureAwait(false);
        return (await connection.QuerySingleOrDefaultAsync<UploadRow>(
            $"{UploadRow.Select} WHERE id = @id AND user_key = @userKey", new { id, userKey }).ConfigureAwait(false))?.ToUpload();
    }

    public async Task<IReadOnlyList<Upload?>> FindAsync(long userKey, IReadOnlyList<string> ids, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenAsync(cancellationToken).ConfigureAwait(false);
        var found = new List<Upload?>();
        foreach (var id in ids)
        {
            found.Add((await connection.QuerySingleOrDefaultAsync<UploadRow>(
                $"{UploadRow.Select} WHERE id = @id AND user_key = @userKey", new { id, userKey }).ConfigureAwait(false))?.ToUpload());
        }
        return found;
    }

    public Task SetLengthAsync(Upload upload, long length, long quota) => commit.RunAsync(async transaction =>
    {
        await RequireRoomAsync(transaction.Connection, upload.UserKey, length - upload.Received, quota).ConfigureAwait(false);
        var changed = await transaction.Connection.ExecuteAsync(
            "UPDATE upload SET length = @length WHERE upload_key = @Key AND length IS NULL", new { upload.Key, length }).ConfigureAwait(false);
        return changed == 1 ? changed : throw Fault.Conflict("the upload has another length");
    });

    public Task AdvanceAsync(Upload upload, long received, DateTimeOffset expiresAt)
    {
        var work = new AdvanceWork(upload, received, expiresAt);
        commit.Enqueue(work);
        return work.Task;
    }

    public Task CompletePartAsync(Upload upload, DateTimeOffset expiresAt) =>
        commit.RunAsync(async transaction => await AdvanceAsync(transaction.Connection, upload, upload.Length!.Value, UploadState.Completed, expiresAt).ConfigureAwait(false));

    public Task<FileEntry> CompleteAsync(Caller caller, Upload upload, NewVersion version, DateTimeOffset expiresAt) => commit.RunAsync(async transaction =>
    {
        var connection = transaction.Connection;
        await AdvanceAsync(connection, upload, upload.Length!.Value, UploadState.Completed, expiresAt).ConfigureAwait(false);
        var file = await FileVersions.AddAsync(transaction, caller, upload.Metadata, version).ConfigureAwait(false);
        await connection.ExecuteAsync(
            "UPDATE upload SET result_file_id = @Id, result_version = @Version WHERE upload_key = @upload", new { file.Id, file.Version, upload = upload.Key }).ConfigureAwait(false);
        return file;
    });

    public Task FailAsync(Upload upload, string reason) => commit.RunAsync(async transaction =>
    {
        var changed = await transaction.Connection.ExecuteAsync(
            "UPDATE upload SET state = 2, reason = @reason WHERE upload_key = @Key AND state = 0", new { upload.Key, reason }).ConfigureAwait(false);
        if (changed == 1) await BlobDeletions.NoteAsync(transaction.Connection, [upload.BlobId], time.GetUtcNow()).ConfigureAwait(false);
        return changed;
    });

    public Task RemoveAsync(Upload upload) => commit.RunAsync(async transaction =>
    {
        var changed = await transaction.Connection.ExecuteAsync("DELETE FROM upload WHERE upload_key = @Key", new { upload.Key }).ConfigureAwait(false);
        await BlobDeletions.NoteAsync(transaction.Connection, [upload.BlobId], time.GetUtcNow()).ConfigureAwait(false);
        return changed;
    });

    private static async Task<int> AdvanceAsync(DbConnection connection, Upload upload, long received, UploadState state, DateTimeOffset expiresAt)
    {
        var changed = await connection.ExecuteAsync(
            "UPDATE upload SET received = @received, state = @state, expires_at = @at WHERE upload_key = @Key AND received = @from AND state = 0",
            new { upload.Key, received, state = (long)state, at = expiresAt.ToUnixTimeMilliseconds(), from = upload.Received }).ConfigureAwait(false);
        return changed == 1 ? changed : throw Fault.Conflict("the upload stands elsewhere by now");
    }

    // Files stored, what other unfinished uploads announced or brought, and parts that wait for their final upload. The user's row is
    // locked by counting on it: two uploads that begin at once do not both get the last room.
    private async Task RequireRoomAsync(DbConnection connection, long user, long more, long quota)
    {
        if (options.OpenUploads > 0)
        {
            var open = await connection.ExecuteScalarAsync<long>("SELECT COUNT(*) FROM upload WHERE user_key = @user AND state = 0", new { user }).ConfigureAwait(false);
            if (open >= options.OpenUploads) throw new Fault(FaultCode.RateLimited, $"the user has {open} unfinished uploads");
        }
        if (quota <= 0) return;
        var stored = await connection.ExecuteScalarAsync<long>(
            "UPDATE user_account SET stored_bytes = stored_bytes WHERE user_key = @user RETURNING stored_bytes", new { user }).ConfigureAwait(false);
        var reserved = await connection.ExecuteScalarAsync<long>(
            """
            SELECT CAST(COALESCE(SUM(COALESCE(length, received)), 0) AS BIGINT) FROM upload
            WHERE user_key = @user AND ((state = 0 AND kind <> 2)
                OR (state = 1 AND kind = 1 AND NOT EXISTS (SELECT 1 FROM file_part p WHERE p.blob_id = upload.blob_id)))
            """, new { user }).ConfigureAwait(false);
        if (stored + reserved + more > quota) throw Fault.TooLarge($"the user has {stored + reserved} of {quota} bytes");
    }
}
