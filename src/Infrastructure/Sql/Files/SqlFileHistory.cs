using Dapper;
using RooCoord.Application;
using RooCoord.Application.Files;
using RooCoord.Domain.Files;

namespace RooCoord.Infrastructure.Sql.Files;

/// <inheritdoc cref="IFileHistory"/>
internal sealed class SqlFileHistory(Database database, GroupCommit commit) : IFileHistory
{
    public async Task<IReadOnlyList<FileVersion>> VersionsAsync(long fileKey, long before, int limit, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenAsync(cancellationToken).ConfigureAwait(false);
        var rows = await connection.QueryAsync<VersionRow>(
            """
            SELECT v.version AS Version, v.size AS Size, v.sha256 AS Sha256, v.mime_type AS MimeType, u.id AS UserId, v.created_at AS CreatedAt, v.restored_from AS RestoredFrom
            FROM file_version v LEFT JOIN user_account u ON u.user_key = v.user_key
            WHERE v.file_key = @fileKey AND v.version < @before ORDER BY v.version DESC LIMIT @limit
            """, new { fileKey, before, limit }).ConfigureAwait(false);
        return [.. rows.Select(r => new FileVersion(r.Version, r.Size, r.Sha256, r.MimeType, r.UserId, DateTimeOffset.FromUnixTimeMilliseconds(r.CreatedAt), r.RestoredFrom))];
    }

    public async Task<IReadOnlyList<FilePart>> PartsAsync(long fileKey, long version, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenAsync(cancellationToken).ConfigureAwait(false);
        var rows = await connection.QueryAsync<PartRow>(
            "SELECT blob_id AS BlobId, size AS Size FROM file_part WHERE file_key = @fileKey AND version = @version ORDER BY position", new { fileKey, version }).ConfigureAwait(false);
        return [.. rows.Select(r => new FilePart(r.BlobId, r.Size))];
    }

    // Lines are numbered within the file: the keys of all files' lines would tell how much others do.
    public async Task<IReadOnlyList<FileAuditLine>> AuditAsync(string fileId, long? before, int limit, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenAsync(cancellationToken).ConfigureAwait(false);
        var count = await connection.ExecuteScalarAsync<long>("SELECT COUNT(*) FROM file_audit WHERE file_id = @fileId", new { fileId }).ConfigureAwait(false);
        var end = Math.Min(count, (before ?? long.MaxValue) - 1);
        var skip = Math.Max(0, end - limit);
        if (end <= 0) return [];
        var rows = await connection.QueryAsync<AuditRow>(
            """
            SELECT at AS At, actor AS Actor, device AS Device, action AS Action, version AS Version, detail AS Detail
            FROM file_audit WHERE file_id = @fileId ORDER BY audit_key LIMIT @take OFFSET @skip
            """, new { fileId, take = end - skip, skip }).ConfigureAwait(false);
        return [.. rows.Select((r, i) => new FileAuditLine(skip + i + 1, DateTimeOffset.FromUnixTimeMilliseconds(r.At), r.Actor, r.Device, r.Action, r.Version, r.Detail)).Reverse()];
    }

    public Task NoteExportAsync(Caller caller, IReadOnlyList<string> fileIds, DateTimeOffset now) => commit.RunAsync(async transaction =>
    {
        foreach (var id in fileIds) await FileAudit.AddAsync(transaction.Connection, id, caller, "export", null, now).ConfigureAwait(false);
        return fileIds.Count;
    });

    // Settable: of an empty result SQLite tells no types, which a constructor would have to match.
    private sealed class VersionRow
    {
        public long Version { get; init; }
        public long Size { get; init; }
        public string Sha256 { get; init; } = "";
        public string MimeType { get; init; } = "";
        public string? UserId { get; init; }
        public long CreatedAt { get; init; }
        public long? RestoredFrom { get; init; }
    }

    private sealed class PartRow
    {
        public string BlobId { get; init; } = "";
        public long Size { get; init; }
    }

    private sealed class AuditRow
    {
        public long At { get; init; }
        public string Actor { get; init; } = "";
        public string? Device { get; init; }
        public string Action { get; init; } = "";
        public long? Version { get; init; }
        public string? Detail { get; init; }
    }
}
