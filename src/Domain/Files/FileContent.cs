namespace RooCoord.Domain.Files;

/// <summary>A version of a file, to be read. It never changes.</summary>
public sealed record FileContent
{
    /// <summary>The file's narrow key.</summary>
    public long FileKey { get; init; }
    /// <summary>The file.</summary>
    public required string FileId { get; init; }
    /// <summary>The file's name.</summary>
    public required string Name { get; init; }
    /// <summary>Which version, from 1.</summary>
    public long Version { get; init; }
    /// <summary>Bytes.</summary>
    public long Size { get; init; }
    /// <summary>SHA-256 of the whole, 64 lower-case hex digits.</summary>
    public required string Sha256 { get; init; }
    /// <summary>Media type.</summary>
    public required string MimeType { get; init; }
    /// <summary>When the version was made.</summary>
    public required DateTimeOffset CreatedAt { get; init; }
    /// <summary>Whether another version was made within the same second as this one: its time tells them not apart.</summary>
    public bool SharesItsSecond { get; init; }
    /// <summary>Its bytes: these blobs, one after another.</summary>
    public required IReadOnlyList<FilePart> Parts { get; init; }

    /// <summary>Strong: the same tag, the same bytes.</summary>
    public string ETag => $"\"{Version}-{Sha256}\"";

    /// <summary>Whole seconds, as <c>Last-Modified</c> tells it.</summary>
    public DateTimeOffset ModifiedAt => DateTimeOffset.FromUnixTimeSeconds(CreatedAt.ToUnixTimeSeconds());
}
