using RooCoord.Domain.Shares;

namespace RooCoord.Infrastructure.Sql.Shares;

// Settable: of an empty result SQLite tells no types, which a constructor would have to match.
internal sealed class ShareRow
{
    public const string Select = """
        SELECT s.id AS Id, s.file_key AS FileKey, f.id AS FileId, u.id AS CreatedBy, s.password_hash AS PasswordHash, s.max_downloads AS MaxDownloads,
            s.downloads AS Downloads, s.created_at AS CreatedAt, s.expires_at AS ExpiresAt
        FROM share s JOIN file f ON f.file_key = s.file_key JOIN user_account u ON u.user_key = s.user_key
        """;

    public string Id { get; init; } = "";
    public long FileKey { get; init; }
    public string FileId { get; init; } = "";
    public string CreatedBy { get; init; } = "";
    public string? PasswordHash { get; init; }
    public long? MaxDownloads { get; init; }
    public long Downloads { get; init; }
    public long CreatedAt { get; init; }
    public long? ExpiresAt { get; init; }

    public ShareLink ToLink() => new()
    {
        Id = Id,
        FileKey = FileKey,
        FileId = FileId,
        CreatedBy = CreatedBy,
        PasswordHash = PasswordHash,
        MaxDownloads = MaxDownloads,
        Downloads = Downloads,
        CreatedAt = DateTimeOffset.FromUnixTimeMilliseconds(CreatedAt),
        ExpiresAt = ExpiresAt is { } at ? DateTimeOffset.FromUnixTimeMilliseconds(at) : null,
    };
}
