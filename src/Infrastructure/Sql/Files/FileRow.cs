using System.Data.Common;
using Dapper;
using RooCoord.Domain.Files;

namespace RooCoord.Infrastructure.Sql.Files;

// Settable: of an empty result SQLite tells no types, which a constructor would have to match.
internal sealed class FileRow
{
    /// <summary>Columns of <c>file f</c>, its owner <c>u</c>, and <c>p</c>, the asking user's permission if it holds.</summary>
    public const string Columns = """
        f.file_key AS FileKey, f.id AS Id, f.user_key AS UserKey, u.id AS OwnerId, f.name AS Name, f.mime_type AS MimeType, f.size AS Size, f.sha256 AS Sha256,
        f.version AS Version, f.revision AS Revision, f.tags AS Tags, f.description AS Description, f.created_at AS CreatedAt, f.updated_at AS UpdatedAt,
        CASE WHEN f.user_key = @userKey THEN 3 ELSE COALESCE(p.role, 0) END AS Role
        """;

    public const string Joins = """
        JOIN user_account u ON u.user_key = f.user_key
        LEFT JOIN file_permission p ON p.file_key = f.file_key AND p.user_key = @userKey AND (p.expires_at IS NULL OR p.expires_at > @now)
        """;

    public long FileKey { get; init; }
    public string Id { get; init; } = "";
    public long UserKey { get; init; }
    public string OwnerId { get; init; } = "";
    public string Name { get; init; } = "";
    public string MimeType { get; init; } = "";
    public long Size { get; init; }
    public string Sha256 { get; init; } = "";
    public long Version { get; init; }
    public long Revision { get; init; }
    public string Tags { get; init; } = "";
    public string? Description { get; init; }
    public long CreatedAt { get; init; }
    public long UpdatedAt { get; init; }
    public long Role { get; init; }

    /// <summary>A file the user may see, or null.</summary>
    public static async Task<FileEntry?> FindAsync(DbConnection connection, long userKey, string id, DateTimeOffset now)
    {
        var row = await connection.QuerySingleOrDefaultAsync<FileRow>(
            $"SELECT {Columns} FROM file f {Joins} WHERE f.id = @id", new { userKey, id, now = now.ToUnixTimeMilliseconds() }).ConfigureAwait(false);
        return row is { Role: > 0 } ? row.ToFile() : null;
    }

    public FileEntry ToFile() => new()
    {
        Key = FileKey,
        Id = Id,
        UserKey = UserKey,
        OwnerId = OwnerId,
        Name = Name,
        MimeType = MimeType,
        Size = Size,
        Sha256 = Sha256,
        Version = Version,
        Revision = Revision,
        Tags = FileTags.Parse(Tags),
        Description = Description,
        Role = (FileRole)Role,
        CreatedAt = DateTimeOffset.FromUnixTimeMilliseconds(CreatedAt),
        UpdatedAt = DateTimeOffset.FromUnixTimeMilliseconds(UpdatedAt),
    };
}
