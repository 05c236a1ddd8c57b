using System.Data.Common;
using Dapper;
using RooCoord.Domain.Files;

namespace RooCoord.Infrastructure.Sql.Files;

// Settable: of an empty result SQLite tells no types, which a constructor would have to match.
internal sealed class ContentRow
{
    /// <summary>A version (@version; null: the current one) of <c>file f</c>.</summary>
    private const string Select = """
        SELECT f.file_key AS FileKey, f.id AS FileId, f.name AS Name, v.version AS Version, v.size AS Size, v.sha256 AS Sha256, v.mime_type AS MimeType, v.created_at AS CreatedAt,
            (SELECT COUNT(*) FROM file_version o WHERE o.file_key = v.file_key AND o.version <> v.version AND o.created_at / 1000 = v.created_at / 1000) AS Others
        FROM file f JOIN file_version v ON v.file_key = f.file_key AND v.version = COALESCE(@version, f.version)
        """;

    public long FileKey { get; init; }
    public string FileId { get; init; } = "";
    public string Name { get; init; } = "";
    public long Version { get; init; }
    public long Size { get; init; }
    public string Sha256 { get; init; } = "";
    public string MimeType { get; init; } = "";
    public long CreatedAt { get; init; }
    public long Others { get; init; }

    /// <summary>Of the file that <paramref name="where"/> tells, or null.</summary>
    public static async Task<FileContent?> FindAsync(DbConnection connection, string where, object parameters)
    {
        if (await connection.QuerySingleOrDefaultAsync<ContentRow>($"{Select} WHERE {where}", parameters).ConfigureAwait(false) is not { } row) return null;
        var parts = (await connection.QueryAsync<PartRow>(
            "SELECT blob_id AS BlobId, size AS Size FROM file_part WHERE file_key = @FileKey AND version = @Version ORDER BY position",
            new { row.FileKey, row.Version }).ConfigureAwait(false)).AsList();
        // Deleted between the two statements.
        return parts.Sum(p => p.Size) == row.Size ? row.ToContent([.. parts.Where(p => p.Size > 0).Select(p => new FilePart(p.BlobId, p.Size))]) : null;
    }

    private FileContent ToContent(IReadOnlyList<FilePart> parts) => new()
    {
        FileKey = FileKey,
        FileId = FileId,
        Name = Name,
        Version = Version,
        Size = Size,
        Sha256 = Sha256,
        MimeType = MimeType,
        CreatedAt = DateTimeOffset.FromUnixTimeMilliseconds(CreatedAt),
        SharesItsSecond = Others > 0,
        Parts = parts,
    };

    private sealed class PartRow
    {
        public string BlobId { get; init; } = "";
        public long Size { get; init; }
    }
}
