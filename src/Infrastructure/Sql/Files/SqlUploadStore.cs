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
        await UploadRoom.RequireAnotherAsync(connection, user, options.OpenUploads).ConfigureAwait(false);
        await UploadRoom.RequireBytesAsync(connection, user, upload.Length ?? 0, quota).ConfigureAwait(false);
        var added = upload with { Key = await SqlDeviceStore.NextKeyAsync(connection, "upload").ConfigureAwait(false), UserKey = user };
        await connection.ExecuteAsync(
            """
            INSERT INTO upload (upload_key, id, user_key, device_key, kind, state, length, received, metadata, parts, blob_id, file_id, created_at, expires_at)
            VALUES (@Key, @Id, @UserKey, @DeviceKey, @Kind, @State, @Length, 0, @Metadata, @Parts, @BlobId, @FileId, @CreatedAt, @ExpiresAt)
            """,
            new
            {
                added.Key,
                added.Id,
                added.UserKey,
                added.DeviceKey,
                Kind = (long)added.Kind,
                State = (long)added.State,
                added.Length,
                Metadata = added.Metadata.Header,
                added.Parts,
                added.BlobId,
                added.Metadata.FileId,
                CreatedAt = added.CreatedAt.ToUnixTimeMilliseconds(),
                ExpiresAt = added.ExpiresAt.ToUnixTimeMilliseconds(),
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
        await UploadRoom.RequireBytesAsync(transaction.Connection, upload.UserKey, length - upload.Received, quota).ConfigureAwait(false);
        var changed = await transaction.Connection.ExecuteAsync(
            "UPDATE upload SET length = @length WHERE upload_key = @Key AND length IS NULL", new { upload.Key, length }).ConfigureAwait(false);
        return changed == 1 ? changed : throw Fault.Conflict("the upload has another length");
    });

    public Task AdvanceAsync(Upload upload, long received, DateTimeOffset expiresAt, long quota)
    {
        // What has a length was counted with it.
        if (upload.Length is null) return AdvanceCountedAsync(upload, received, expiresAt, quota);
        var work = new AdvanceWork(upload, received, expiresAt);
        commit.Enqueue(work);
        return work.Task;
    }

    private Task AdvanceCountedAsync(Upload upload, long received, DateTimeOffset expiresAt, long quota) => commit.RunAsync(async transaction =>
    {
        await UploadRoom.RequireBytesAsync(transaction.Connection, upload.UserKey, received - upload.Received, quota).ConfigureAwait(false);
        return await AdvanceAsync(transaction.Connection, upload, received, UploadState.Uploading, expiresAt).ConfigureAwait(false);
    });

    public Task CompletePartAsync(Upload upload, DateTimeOffset expiresAt) =>
        commit.RunAsync(async transaction => await AdvanceAsync(transaction.Connection, upload, upload.Length!.Value, UploadState.Completed, expiresAt).ConfigureAwait(false));

    public Task<FileEntry> CompleteAsync(Caller caller, Upload upload, NewVersion version, DateTimeOffset expiresAt, long quota) => commit.RunAsync(async transaction =>
    {
        var connection = transaction.Connection;
        await AdvanceAsync(connection, upload, upload.Length!.Value, UploadState.Completed, expiresAt).ConfigureAwait(false);
        if (upload.Kind == UploadKind.Final) await RequirePartsAsync(connection, upload.UserKey, version.Parts).ConfigureAwait(false);
        var file = await FileVersions.AddAsync(transaction, caller, upload.Metadata, version).ConfigureAwait(false);
        if (file.UserKey != upload.UserKey || upload.Kind == UploadKind.Final) await UploadRoom.RequireStoredAsync(connection, file.UserKey, quota).ConfigureAwait(false);
        await connection.ExecuteAsync(
            "UPDATE upload SET result_file_id = @Id, result_version = @Version WHERE upload_key = @upload", new { file.Id, file.Version, upload = upload.Key }).ConfigureAwait(false);
        return file;
    });

    public Task FailAsync(Caller caller, Upload upload, string reason) => commit.RunAsync(async transaction =>
    {
        var now = time.GetUtcNow();
        var changed = await transaction.Connection.ExecuteAsync(
            "UPDATE upload SET state = 2, reason = @reason WHERE upload_key = @Key AND state = 0", new { upload.Key, reason }).ConfigureAwait(false);
        if (changed == 0) return changed;
        await BlobDeletions.NoteAsync(transaction.Connection, [upload.BlobId], now).ConfigureAwait(false);
        await FileAudit.AddAsync(transaction.Connection, upload.Metadata.FileId ?? upload.Id, caller, "refuse", null, now, reason).ConfigureAwait(false);
        return changed;
    });

    public Task RemoveAsync(Upload upload) => commit.RunAsync(transaction => RemoveAsync(transaction.Connection, upload, long.MaxValue));

    public async Task<bool> ExpireAsync(Upload upload) =>
        await commit.RunAsync(transaction => RemoveAsync(transaction.Connection, upload, upload.ExpiresAt.ToUnixTimeMilliseconds())).ConfigureAwait(false) > 0;

    public async Task<IReadOnlyList<(Caller, Upload)>> InterruptedAsync(int limit, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenAsync(cancellationToken).ConfigureAwait(false);
        var found = new List<(Caller, Upload)>();
        // Those that cannot be completed now would keep the others from being looked at.
        var rows = await connection.QueryAsync<UploadRow>(
            $"{UploadRow.Select} WHERE state = 0 AND length = received AND kind <> 2 ORDER BY expires_at DESC LIMIT @limit", new { limit }).ConfigureAwait(false);
        foreach (var row in rows)
        {
            var user = await connection.ExecuteScalarAsync<string>("SELECT id FROM user_account WHERE user_key = @UserKey", new { row.UserKey }).ConfigureAwait(false);
            found.Add((new(user!, row.UserKey, null, IsAdmin: false), row.ToUpload()));
        }
        return found;
    }

    public async Task<IReadOnlyList<Upload>> UnfinishedAsync(long after, int limit, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenAsync(cancellationToken).ConfigureAwait(false);
        var rows = await connection.QueryAsync<UploadRow>(
            $"""
            {UploadRow.Select} WHERE upload_key > @after AND state = 0 AND kind <> 2 AND (length IS NULL OR length > received)
              AND (node = 0 OR EXISTS (SELECT 1 FROM node n WHERE n.node_key = upload.node AND n.dead_at IS NOT NULL))
            ORDER BY upload_key LIMIT @limit
            """, new { after, limit }).ConfigureAwait(false);
        return [.. rows.Select(r => r.ToUpload())];
    }

    public async Task<IReadOnlyList<Upload>> ExpiredAsync(DateTimeOffset now, int limit, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenAsync(cancellationToken).ConfigureAwait(false);
        var rows = await connection.QueryAsync<UploadRow>(
            $"{UploadRow.Select} WHERE expires_at <= @now ORDER BY expires_at LIMIT @limit", new { now = now.ToUnixTimeMilliseconds(), limit }).ConfigureAwait(false);
        return [.. rows.Select(r => r.ToUpload())];
    }

    private async Task<int> RemoveAsync(DbConnection connection, Upload upload, long expiresBy)
    {
        var changed = await connection.ExecuteAsync(
            "DELETE FROM upload WHERE upload_key = @Key AND expires_at <= @expiresBy", new { upload.Key, expiresBy }).ConfigureAwait(false);
        if (changed > 0) await BlobDeletions.NoteAsync(connection, [upload.BlobId], time.GetUtcNow()).ConfigureAwait(false);
        return changed;
    }

    // A part taken back meanwhile may be on its way from the disk; one that is held here is not.
    private static async Task RequirePartsAsync(DbConnection connection, long userKey, IReadOnlyList<FilePart> parts)
    {
        foreach (var id in parts.Select(p => p.BlobId).Distinct().Order(StringComparer.Ordinal))
        {
            var held = await connection.ExecuteAsync(
                "UPDATE upload SET state = state WHERE blob_id = @id AND user_key = @userKey AND kind = 1 AND state = 1", new { id, userKey }).ConfigureAwait(false);
            if (held == 0) throw Fault.NotFound("part");
        }
    }

    private static async Task<int> AdvanceAsync(DbConnection connection, Upload upload, long received, UploadState state, DateTimeOffset expiresAt)
    {
        var changed = await connection.ExecuteAsync(
            "UPDATE upload SET received = @received, state = @state, expires_at = @at WHERE upload_key = @Key AND received = @from AND node = @Node AND state = 0",
            new { upload.Key, upload.Node, received, state = (long)state, at = expiresAt.ToUnixTimeMilliseconds(), from = upload.Received }).ConfigureAwait(false);
        return changed == 1 ? changed : throw Fault.Conflict("the upload stands elsewhere by now");
    }
}
