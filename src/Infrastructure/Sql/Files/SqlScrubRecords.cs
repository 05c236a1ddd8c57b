using Dapper;
using RooCoord.Application.Files;
using RooCoord.Domain.Files;

namespace RooCoord.Infrastructure.Sql.Files;

/// <inheritdoc cref="IScrubRecords"/>
internal sealed class SqlScrubRecords(Database database, GroupCommit commit, TimeProvider time) : IScrubRecords
{
    private const string Name = "versions";

    public async Task<ScrubPosition?> FindPositionAsync(CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenAsync(cancellationToken).ConfigureAwait(false);
        var row = await connection.QuerySingleOrDefaultAsync<PositionRow>(
            "SELECT file_key AS FileKey, version AS Version, began_at AS BeganAt FROM scrub WHERE name = @Name", new { Name }).ConfigureAwait(false);
        return row is null ? null : new(row.FileKey, row.Version, DateTimeOffset.FromUnixTimeMilliseconds(row.BeganAt));
    }

    public Task SavePositionAsync(ScrubPosition position) => commit.RunAsync(async transaction =>
    {
        // Between two rounds, so that the table stays small: what was noted of versions that are gone.
        if (position.IsOver)
        {
            await transaction.Connection.ExecuteAsync(
                "DELETE FROM file_damage WHERE NOT EXISTS (SELECT 1 FROM file_version v WHERE v.file_key = file_damage.file_key AND v.version = file_damage.version)").ConfigureAwait(false);
        }
        return await transaction.Connection.ExecuteAsync(
            """
            INSERT INTO scrub (name, file_key, version, began_at) VALUES (@Name, @FileKey, @Version, @beganAt)
            ON CONFLICT (name) DO UPDATE SET file_key = excluded.file_key, version = excluded.version, began_at = excluded.began_at
            """, new { Name, position.FileKey, position.Version, beganAt = position.BeganAt.ToUnixTimeMilliseconds() }).ConfigureAwait(false);
    });

    public async Task<ScrubbedVersion?> NextAsync(ScrubPosition position, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenAsync(cancellationToken).ConfigureAwait(false);
        var row = await connection.QuerySingleOrDefaultAsync<VersionRow>(
            """
            SELECT v.file_key AS FileKey, v.version AS Version, v.sha256 AS Sha256, f.id AS FileId,
                CASE WHEN EXISTS (SELECT 1 FROM file_damage d WHERE d.file_key = v.file_key AND d.version = v.version) THEN 1 ELSE 0 END AS Marked
            FROM file_version v JOIN file f ON f.file_key = v.file_key
            WHERE (v.file_key, v.version) > (@FileKey, @Version) ORDER BY v.file_key, v.version LIMIT 1
            """, new { position.FileKey, position.Version }).ConfigureAwait(false);
        if (row is null) return null;
        var parts = await connection.QueryAsync<PartRow>(
            "SELECT blob_id AS BlobId, size AS Size FROM file_part WHERE file_key = @FileKey AND version = @Version ORDER BY position",
            new { row.FileKey, row.Version }).ConfigureAwait(false);
        return new(row.FileKey, row.FileId, row.Version, row.Sha256, [.. parts.Select(p => new FilePart(p.BlobId, p.Size))], row.Marked == 1);
    }

    public async Task<bool> MarkDamagedAsync(ScrubbedVersion version, string reason) => await commit.RunAsync(transaction => transaction.Connection.ExecuteAsync(
        """
        INSERT INTO file_damage (file_key, version, reason, found_at)
        SELECT file_key, version, CAST(@reason AS TEXT), CAST(@at AS BIGINT) FROM file_version WHERE file_key = @FileKey AND version = @Version
        ON CONFLICT (file_key, version) DO UPDATE SET reason = excluded.reason
        """, new { version.FileKey, version.Version, reason, at = time.GetUtcNow().ToUnixTimeMilliseconds() })).ConfigureAwait(false) > 0;

    public Task MarkWholeAsync(ScrubbedVersion version) => commit.RunAsync(transaction => transaction.Connection.ExecuteAsync(
        "DELETE FROM file_damage WHERE file_key = @FileKey AND version = @Version", new { version.FileKey, version.Version }));

    public async Task<long> CountDamagedAsync(CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenAsync(cancellationToken).ConfigureAwait(false);
        return await connection.ExecuteScalarAsync<long>(
            "SELECT COUNT(*) FROM file_damage d WHERE EXISTS (SELECT 1 FROM file_version v WHERE v.file_key = d.file_key AND v.version = d.version)").ConfigureAwait(false);
    }

    private sealed class PositionRow
    {
        public long FileKey { get; init; }
        public long Version { get; init; }
        public long BeganAt { get; init; }
    }

    private sealed class VersionRow
    {
        public long FileKey { get; init; }
        public long Version { get; init; }
        public string Sha256 { get; init; } = "";
        public string FileId { get; init; } = "";
        public long Marked { get; init; }
    }

    private sealed class PartRow
    {
        public string BlobId { get; init; } = "";
        public long Size { get; init; }
    }
}
