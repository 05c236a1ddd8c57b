using Dapper;
using RooCoord.Application;
using RooCoord.Application.Files;
using RooCoord.Domain;
using RooCoord.Domain.Files;

namespace RooCoord.Infrastructure.Sql.Files;

/// <inheritdoc cref="IFileChanges"/>
internal sealed class SqlFileChanges(GroupCommit commit) : IFileChanges
{
    public Task<FileEntry> ChangeAsync(Caller caller, string id, string? ifMatch, Func<FileEntry, FileEntry> change, DateTimeOffset now) => commit.RunAsync(async transaction =>
    {
        var connection = transaction.Connection;
        var file = await FileLock.TakeAsync(connection, caller, id, FileRole.Editor, now).ConfigureAwait(false);
        Require(file, ifMatch);
        var changed = change(file) with { Revision = file.Revision + 1, UpdatedAt = now };
        await connection.ExecuteAsync(
            """
            UPDATE file SET name = @Name, name_order = @Order, tags = @Tags, description = @Description, words = @Words, revision = @Revision, updated_at = @at
            WHERE file_key = @Key
            """,
            new
            {
                changed.Key,
                changed.Name,
                Order = FileEntry.OrderOf(changed.Name),
                Tags = string.Join(',', changed.Tags),
                changed.Description,
                Words = SearchWords.Of(changed.Name, changed.Tags, changed.Description),
                changed.Revision,
                at = now.ToUnixTimeMilliseconds(),
            }).ConfigureAwait(false);
        await FileTerms.ReplaceAsync(transaction, file, changed).ConfigureAwait(false);
        await FileAudit.AddAsync(connection, id, caller, "update", null, now, Difference(file, changed)).ConfigureAwait(false);
        return changed;
    });

    public Task<FileEntry> RestoreAsync(Caller caller, string id, long version, string? ifMatch, DateTimeOffset now) => commit.RunAsync(async transaction =>
    {
        var connection = transaction.Connection;
        var file = await FileLock.TakeAsync(connection, caller, id, FileRole.Editor, now).ConfigureAwait(false);
        Require(file, ifMatch);
        var values = new { file.Key, version, caller.UserKey, at = now.ToUnixTimeMilliseconds() };
        // A restored version names the one that has the bytes: those are counted to it alone.
        var number = await connection.ExecuteScalarAsync<long?>(
            """
            INSERT INTO file_version (file_key, version, size, sha256, mime_type, user_key, created_at, restored_from)
            SELECT v.file_key, f.last_version + 1, v.size, v.sha256, v.mime_type, @UserKey, @at, COALESCE(v.restored_from, v.version)
            FROM file_version v JOIN file f ON f.file_key = v.file_key WHERE v.file_key = @Key AND v.version = @version RETURNING version
            """, values).ConfigureAwait(false) ?? throw Fault.NotFound("version");
        await connection.ExecuteAsync(
            "INSERT INTO file_part (file_key, version, position, blob_id, size) SELECT file_key, @number, position, blob_id, size FROM file_part WHERE file_key = @Key AND version = @version",
            new { file.Key, version, number }).ConfigureAwait(false);
        await connection.ExecuteAsync(
            """
            UPDATE file SET version = @number, last_version = @number, revision = revision + 1, updated_at = @at,
                size = v.size, sha256 = v.sha256, mime_type = v.mime_type
            FROM file_version v WHERE file.file_key = @Key AND v.file_key = @Key AND v.version = @number
            """, new { file.Key, number, values.at }).ConfigureAwait(false);
        await FileAudit.AddAsync(connection, id, caller, "restore", number, now, $"from {version}").ConfigureAwait(false);
        return (await FileRow.FindAsync(connection, caller.UserKey, id, now).ConfigureAwait(false))!;
    });

    public Task<RemovedFile> RemoveAsync(Caller caller, string id, string? ifMatch, DateTimeOffset now) => commit.RunAsync(async transaction =>
    {
        var file = await FileLock.TakeAsync(transaction.Connection, caller, id, FileRole.Owner, now).ConfigureAwait(false);
        Require(file, ifMatch);
        var removed = await FileRemoval.RunAsync(transaction, file, now).ConfigureAwait(false);
        await FileAudit.AddAsync(transaction.Connection, id, caller, "delete", null, now).ConfigureAwait(false);
        return removed;
    });

    private static void Require(FileEntry file, string? ifMatch)
    {
        if (ifMatch is not null && !EntityTags.HasStrong(ifMatch, file.ETag)) throw new Fault(FaultCode.PreconditionFailed, "the file has changed");
    }

    // Which fields changed, not what they were: the audit outlives the file.
    private static string Difference(FileEntry before, FileEntry after)
    {
        var fields = new List<string>(3);
        if (before.Name != after.Name) fields.Add("name");
        if (!before.Tags.SequenceEqual(after.Tags)) fields.Add("tags");
        if (before.Description != after.Description) fields.Add("description");
        return string.Join(',', fields);
    }
}
