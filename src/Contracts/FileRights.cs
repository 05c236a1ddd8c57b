using System.Text.Json;

namespace RooCoord.Contracts;

/// <summary>Items, and where to go on.</summary>
/// <param name="Items">At most as many as asked for.</param>
/// <param name="NextCursor">What to pass as <c>cursor</c> for the next ones; null: there are none.</param>
public sealed record CursorPage<T>(IReadOnlyList<T> Items, string? NextCursor);

/// <summary>Body of <c>PATCH /api/v1/files/{id}</c>: what is absent stays as it is.</summary>
public sealed record FilePatch
{
    /// <summary>A string: 1..255 characters, no folders.</summary>
    public JsonElement Name { get; init; }
    /// <summary>An array of at most 32 strings of 1..64 characters without commas.</summary>
    public JsonElement Tags { get; init; }
    /// <summary>A string of at most 4,096 characters, or null for none.</summary>
    public JsonElement Description { get; init; }
}

/// <summary>A version of a file.</summary>
/// <param name="Version">From 1.</param>
/// <param name="Size">Bytes.</param>
/// <param name="Sha256">64 lower-case hex digits.</param>
/// <param name="MimeType">Media type.</param>
/// <param name="UserId">Who made it; null when nothing is known of that user any more.</param>
/// <param name="CreatedAt">When.</param>
/// <param name="RestoredFrom">The version whose bytes it has again, or null.</param>
public sealed record FileVersion(long Version, long Size, string Sha256, string MimeType, string? UserId, DateTimeOffset CreatedAt, long? RestoredFrom);

/// <summary>Body of <c>PUT /api/v1/files/{id}/permissions/{userId}</c>.</summary>
/// <param name="Role"><c>viewer|editor|owner</c>.</param>
/// <param name="ExpiresAt">Until when, ISO 8601; null or absent: for good.</param>
public sealed record PermissionGrant(string? Role, string? ExpiresAt);

/// <summary>What somebody else than its owner may do with a file.</summary>
/// <param name="UserId">Who.</param>
/// <param name="Role"><c>viewer|editor|owner</c>.</param>
/// <param name="ExpiresAt">Until when, or null: for good.</param>
/// <param name="CreatedAt">When it was given.</param>
public sealed record FilePermission(string UserId, string Role, DateTimeOffset? ExpiresAt, DateTimeOffset CreatedAt);

/// <summary>A line of a file's audit.</summary>
/// <param name="Id">Its number within the file's audit.</param>
/// <param name="At">When.</param>
/// <param name="Actor">Who: a user's id, or <c>share:</c> and a share's.</param>
/// <param name="Device">With which device, or null.</param>
/// <param name="Action">What.</param>
/// <param name="Version">With which version, or null.</param>
/// <param name="Detail">More of it, or null.</param>
public sealed record FileAuditEntry(string Id, DateTimeOffset At, string Actor, string? Device, string Action, long? Version, string? Detail);

/// <summary>Body of <c>DELETE /api/v1/account</c>.</summary>
/// <param name="Confirm">The caller's own user id.</param>
public sealed record AccountErasure(string? Confirm);

/// <summary>How far the removal of a user's data is.</summary>
/// <param name="UserId">Whose.</param>
/// <param name="State"><c>erasing|erased</c>.</param>
public sealed record ErasureState(string UserId, string State);

/// <summary>A line of <c>files.json</c> in an export.</summary>
/// <param name="File">What is said of it.</param>
/// <param name="Versions">Its versions, newest first.</param>
public sealed record ExportedFile(File File, IReadOnlyList<FileVersion> Versions);
