using System.Data.Common;
using Dapper;
using RooCoord.Application;
using RooCoord.Application.Files;
using RooCoord.Domain;
using RooCoord.Domain.Files;

namespace RooCoord.Infrastructure.Sql.Files;

/// <summary>Makes files and their versions, inside a transaction.</summary>
internal static class FileVersions
{
    /// <summary>A new file, or a new version of the one the metadata names.</summary>
    public static async Task<FileEntry> AddAsync(ISqlTransaction transaction, Caller caller, UploadMetadata metadata, NewVersion version)
    {
        var connection = transaction.Connection;
        return metadata.FileId is { } fileId
            ? await AppendAsync(connection, caller, fileId, version).ConfigureAwait(false)
            : await CreateAsync(transaction, caller, metadata, version).ConfigureAwait(false);
    }

    private static async Task<FileEntry> CreateAsync(ISqlTransaction transaction, Caller caller, UploadMetadata metadata, NewVersion version)
    {
        var connection = transaction.Connection;
        var file = new FileEntry
        {
            Key = await SqlDeviceStore.NextKeyAsync(connection, "file").ConfigureAwait(false),
            Id = Ids.New(),
            UserKey = caller.UserKey,
            OwnerId = caller.UserId,
            Name = version.Name,
            MimeType = version.MimeType,
            Size = version.Size,
            Sha256 = version.Sha256,
            Version = 1,
            Revision = 1,
            Tags = metadata.Tags,
            Description = metadata.Description,
            Role = FileRole.Owner,
            CreatedAt = version.At,
            UpdatedAt = version.At,
        };
        var words = SearchWords.Of(file.Name, file.Tags, file.Description);
        await connection.ExecuteAsync(
            """
            INSERT INTO file (file_key, id, user_key, name, name_order, mime_type, size, sha256, version, last_version, revision, tags, description, words, created_at, updated_at)
            VALUES (@Key, @Id, @UserKey, @Name, @Order, @MimeType, @Size, @Sha256, 1, 1, 1, @Tags, @Description, @Words, @At, @At)
            """,
            new
            {
                file.Key,
                file.Id,
                file.UserKey,
                file.Name,
                Order = FileEntry.OrderOf(file.Name),
                file.MimeType,
                file.Size,
                file.Sha256,
                Tags = string.Join(',', file.Tags),
                file.Description,
                Words = words,
                At = version.At.ToUnixTimeMilliseconds(),
            }).ConfigureAwait(false);
        await FileTerms.AddAsync(transaction, file).ConfigureAwait(false);
        await AddVersionAsync(connection, file.Key, 1, caller, version).ConfigureAwait(false);
        await CountAsync(connection, file.UserKey, version.Size, 1).ConfigureAwait(false);
        await FileAudit.AddAsync(connection, file.Id, caller, "create", 1, version.At).ConfigureAwait(false);
        return file;
    }

    private static async Task<FileEntry> AppendAsync(DbConnection connection, Caller caller, string fileId, NewVersion version)
    {
        var at = version.At.ToUnixTimeMilliseconds();
        // Locks the file's row: of two versions at once one comes after the other.
        var number = await connection.ExecuteScalarAsync<long?>(
            """
            UPDATE file SET version = last_version + 1, last_version = last_version + 1, revision = revision + 1, mime_type = @MimeType, size = @Size, sha256 = @Sha256, updated_at = @at
            WHERE id = @fileId RETURNING version
            """, new { fileId, version.MimeType, version.Size, version.Sha256, at }).ConfigureAwait(false) ?? throw Fault.NotFound("file");
        var file = (await FileRow.FindAsync(connection, caller.UserKey, fileId, version.At).ConfigureAwait(false) ?? throw Fault.NotFound("file")).Require(FileRole.Editor);
        await AddVersionAsync(connection, file.Key, number, caller, version).ConfigureAwait(false);
        await CountAsync(connection, file.UserKey, version.Size, 0).ConfigureAwait(false);
        await FileAudit.AddAsync(connection, fileId, caller, "version", number, version.At).ConfigureAwait(false);
        return file;
    }

    /// <summary>Stores a version and its parts.</summary>
    public static async Task AddVersionAsync(DbConnection connection, long fileKey, long number, Caller caller, NewVersion version)
    {
        await connection.ExecuteAsync(
            """
            INSERT INTO file_version (file_key, version, size, sha256, mime_type, user_key, created_at)
            VALUES (@fileKey, @number, @Size, @Sha256, @MimeType, @UserKey, @at)
            """, new { fileKey, number, version.Size, version.Sha256, version.MimeType, caller.UserKey, at = version.At.ToUnixTimeMilliseconds() }).ConfigureAwait(false);
        for (var position = 0; position < version.Parts.Count; position++)
        {
            var part = version.Parts[position];
            await connection.ExecuteAsync(
                "INSERT INTO file_part (file_key, version, position, blob_id, size) VALUES (@fileKey, @number, @position, @BlobId, @Size)",
                new { fileKey, number, position = (long)position, part.BlobId, part.Size }).ConfigureAwait(false);
        }
    }

    /// <summary>Adds to the bytes and files counted to a user.</summary>
    public static Task CountAsync(DbConnection connection, long userKey, long bytes, long files) => connection.ExecuteAsync(
        "UPDATE user_account SET stored_bytes = stored_bytes + @bytes, stored_files = stored_files + @files WHERE user_key = @userKey", new { userKey, bytes, files });
}
