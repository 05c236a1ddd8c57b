namespace RooCoord.Contracts;

/// <summary>A file, as the asking user sees it.</summary>
/// <param name="Id">Opaque, at most 64 characters.</param>
/// <param name="Name">1..255 characters, no folders.</param>
/// <param name="MimeType">Media type.</param>
/// <param name="Size">Bytes.</param>
/// <param name="Sha256">Of the whole, 64 lower-case hex digits.</param>
/// <param name="Version">The current one, from 1.</param>
/// <param name="Tags">At most 32 of 1..64 characters.</param>
/// <param name="Description">At most 4,096 characters, or null.</param>
/// <param name="OwnerId">The user it belongs to.</param>
/// <param name="Role">What the asking user may do: <c>viewer|editor|owner</c>.</param>
/// <param name="CreatedAt">When it was created.</param>
/// <param name="UpdatedAt">When it, or what is said of it, was changed last.</param>
public sealed record File(
    string Id, string Name, string MimeType, long Size, string Sha256, long Version, IReadOnlyList<string> Tags, string? Description,
    string OwnerId, string Role, DateTimeOffset CreatedAt, DateTimeOffset UpdatedAt);

/// <summary>How far an upload is: committed bytes, at most every 100 ms an upload, and the last state always.</summary>
/// <param name="UploadId">Of the upload.</param>
/// <param name="FileId">The file it became, once <c>completed</c>, or that it adds a version to; else null.</param>
/// <param name="Filename">Its name.</param>
/// <param name="ReceivedBytes">Committed bytes.</param>
/// <param name="TotalBytes">Bytes in all, or null while the client has not said.</param>
/// <param name="BytesPerSecond">Of the last seconds.</param>
/// <param name="EtaSeconds">Seconds until it is complete at that speed, or null.</param>
/// <param name="State"><c>uploading|completed|failed|cancelled</c>.</param>
public sealed record UploadProgress(
    string UploadId, string? FileId, string Filename, long ReceivedBytes, long? TotalBytes, long BytesPerSecond, double? EtaSeconds, string State);

/// <summary>A file that the user may see, or might until now, changed.</summary>
/// <param name="FileId">Of the file.</param>
/// <param name="Change"><c>created|updated|version|deleted|shared|unshared</c>.</param>
/// <param name="At">When.</param>
public sealed record FileChanged(string FileId, string Change, DateTimeOffset At);

/// <summary>States of <see cref="UploadProgress"/>.</summary>
public static class UploadStates
{
    /// <summary>Takes bytes.</summary>
    public const string Uploading = "uploading";
    /// <summary>All bytes are there; a file version exists unless it was a part.</summary>
    public const string Completed = "completed";
    /// <summary>Refused after its bytes were looked at.</summary>
    public const string Failed = "failed";
    /// <summary>Taken back, or expired.</summary>
    public const string Cancelled = "cancelled";
}

/// <summary>Kinds of <see cref="FileChanged"/>.</summary>
public static class FileChanges
{
    /// <summary>It came to be.</summary>
    public const string Created = "created";
    /// <summary>Something said of it changed.</summary>
    public const string Updated = "updated";
    /// <summary>It has another current version.</summary>
    public const string Version = "version";
    /// <summary>It is gone.</summary>
    public const string Deleted = "deleted";
    /// <summary>The user may see it from now on, or may do something else with it.</summary>
    public const string Shared = "shared";
    /// <summary>The user may not see it any more.</summary>
    public const string Unshared = "unshared";
}
