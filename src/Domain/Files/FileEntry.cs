namespace RooCoord.Domain.Files;

/// <summary>What somebody may do with a file; each includes those before it.</summary>
public enum FileRole
{
    /// <summary>Nothing: the file does not exist for them.</summary>
    None,
    /// <summary>See and download.</summary>
    Viewer,
    /// <summary>Also change what is said of it, add and restore versions.</summary>
    Editor,
    /// <summary>Also share, set permissions, read the audit, delete.</summary>
    Owner,
}

/// <summary>A file as one user sees it: what is said of it, its current version, and that user's role.</summary>
public sealed record FileEntry
{
    /// <summary>Characters of a description.</summary>
    public const int MaxDescription = 4096;

    /// <summary>Narrow key, never on the wire.</summary>
    public long Key { get; init; }
    /// <summary>Opaque id.</summary>
    public required string Id { get; init; }
    /// <summary>Whose it is.</summary>
    public long UserKey { get; init; }
    /// <summary>Whose it is.</summary>
    public required string OwnerId { get; init; }
    /// <summary>Safe name.</summary>
    public required string Name { get; init; }
    /// <summary>Media type: found by its bytes where they tell, else claimed.</summary>
    public required string MimeType { get; init; }
    /// <summary>Bytes.</summary>
    public long Size { get; init; }
    /// <summary>SHA-256 of the whole, 64 lower-case hex digits.</summary>
    public required string Sha256 { get; init; }
    /// <summary>The current version, from 1.</summary>
    public long Version { get; init; }
    /// <summary>Raised by every change of the file or what is said of it: its <c>ETag</c> on metadata.</summary>
    public long Revision { get; init; }
    /// <summary>Words of the user's own.</summary>
    public IReadOnlyList<string> Tags { get; init; } = [];
    /// <summary>Text of the user's own, or null.</summary>
    public string? Description { get; init; }
    /// <summary>What the asking user may do.</summary>
    public FileRole Role { get; init; }
    /// <summary>When it was created.</summary>
    public required DateTimeOffset CreatedAt { get; init; }
    /// <summary>When it, or what is said of it, was changed last.</summary>
    public required DateTimeOffset UpdatedAt { get; init; }

    /// <summary>The entity tag of what is said of it.</summary>
    public string ETag => $"\"r{Revision}\"";

    /// <summary>What names are sorted by.</summary>
    public static string OrderOf(string name) => name.ToLowerInvariant();

    /// <summary>Its place in a list sorted so.</summary>
    public FilePlace PlaceIn(FileOrder order) => order switch
    {
        FileOrder.Name => new(0, OrderOf(Name), Id),
        FileOrder.Size => new(Size, "", Id),
        FileOrder.Updated => new(UpdatedAt.ToUnixTimeMilliseconds(), "", Id),
        _ => new(CreatedAt.ToUnixTimeMilliseconds(), "", Id),
    };

    /// <summary>Throws <see cref="FaultCode.Forbidden"/> unless the asking user has at least this role.</summary>
    public FileEntry Require(FileRole role) => Role >= role ? this : throw Fault.Forbidden($"this needs the role {role.ToString().ToLowerInvariant()} of the file");
}

/// <summary>A version of a file.</summary>
/// <param name="Version">From 1.</param>
/// <param name="Size">Bytes.</param>
/// <param name="Sha256">64 lower-case hex digits.</param>
/// <param name="MimeType">Media type.</param>
/// <param name="UserId">Who made it.</param>
/// <param name="CreatedAt">When.</param>
/// <param name="RestoredFrom">The version whose bytes it has again, or null.</param>
public sealed record FileVersion(long Version, long Size, string Sha256, string MimeType, string? UserId, DateTimeOffset CreatedAt, long? RestoredFrom);

/// <summary>What somebody else than its owner may do with a file.</summary>
/// <param name="UserId">Who.</param>
/// <param name="Role">What.</param>
/// <param name="ExpiresAt">Until when, or null: for good.</param>
/// <param name="CreatedAt">When it was given.</param>
public sealed record FilePermission(string UserId, FileRole Role, DateTimeOffset? ExpiresAt, DateTimeOffset CreatedAt);

/// <summary>A line of a file's audit.</summary>
/// <param name="Line">From 1, rising.</param>
/// <param name="At">When.</param>
/// <param name="Actor">Who: a user's id, or <c>share:</c> and a share's.</param>
/// <param name="Device">With which device, or null.</param>
/// <param name="Action">What.</param>
/// <param name="Version">With which version, or null.</param>
/// <param name="Detail">More of it, or null.</param>
public sealed record FileAuditLine(long Line, DateTimeOffset At, string Actor, string? Device, string Action, long? Version, string? Detail);

/// <summary>A stretch of a version's bytes: all of one blob.</summary>
public readonly record struct FilePart(string BlobId, long Size);
