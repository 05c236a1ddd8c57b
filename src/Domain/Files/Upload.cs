namespace RooCoord.Domain.Files;

/// <summary>What an upload is for (tus concatenation).</summary>
public enum UploadKind
{
    /// <summary>A file by itself.</summary>
    Plain,
    /// <summary>A part of a file.</summary>
    Partial,
    /// <summary>A file made of partial uploads.</summary>
    Final,
}

/// <summary>How far an upload is.</summary>
public enum UploadState
{
    /// <summary>Takes bytes.</summary>
    Uploading,
    /// <summary>All bytes are there; a plain or final one became a file version.</summary>
    Completed,
    /// <summary>Refused after its bytes were looked at.</summary>
    Failed,
}

/// <summary>An upload: how many bytes of it are committed, and what is to become of them.</summary>
public sealed record Upload
{
    /// <summary>Narrow key, never on the wire.</summary>
    public long Key { get; init; }
    /// <summary>Opaque id.</summary>
    public required string Id { get; init; }
    /// <summary>Whose it is.</summary>
    public long UserKey { get; init; }
    /// <summary>The device that began it, or null.</summary>
    public long? DeviceKey { get; init; }
    /// <summary>The node that received its bytes when this was read; 0: none.</summary>
    public long Node { get; init; }
    /// <summary>What it is for.</summary>
    public UploadKind Kind { get; init; }
    /// <summary>How far it is.</summary>
    public UploadState State { get; init; }
    /// <summary>Bytes in all; null while the client has not said.</summary>
    public long? Length { get; init; }
    /// <summary>Committed bytes: <c>Upload-Offset</c>. Never shrinks.</summary>
    public long Received { get; init; }
    /// <summary>What the client said of the file.</summary>
    public UploadMetadata Metadata { get; init; } = UploadMetadata.Empty;
    /// <summary><c>Upload-Concat</c> of a final one as it was sent; else null.</summary>
    public string? Parts { get; init; }
    /// <summary>Where its bytes are.</summary>
    public required string BlobId { get; init; }
    /// <summary>The file and version it became, once completed; else null.</summary>
    public FileVersionName? Result { get; init; }
    /// <summary>Why it failed, or null.</summary>
    public string? Reason { get; init; }
    /// <summary>When it was created.</summary>
    public required DateTimeOffset CreatedAt { get; init; }
    /// <summary>When it is forgotten; put off by every committed byte.</summary>
    public required DateTimeOffset ExpiresAt { get; init; }

    /// <summary>Whether all bytes are committed.</summary>
    public bool IsWhole => Length == Received;

    /// <summary>Throws unless bytes may be added at <paramref name="offset"/>.</summary>
    public void RequireOffset(long offset, DateTimeOffset now)
    {
        RequireAlive(now);
        if (Kind == UploadKind.Final) throw Fault.Forbidden("a final upload takes no bytes of its own");
        if (offset != Received) throw Fault.Conflict($"the upload stands at {Received}, not at {offset}");
    }

    /// <summary>Throws unless as many more bytes may come; of a deferred length at most <paramref name="longest"/> in all (0: no limit).</summary>
    public void RequireRoom(long bytes, long longest)
    {
        if (Length is { } length ? bytes > length - Received : longest > 0 && bytes > longest - Received)
            throw Fault.TooLarge(Length is null ? $"a file has at most {longest} bytes" : $"the upload takes {Length - Received} more bytes");
    }

    /// <summary>Throws when its time is over or it failed.</summary>
    public void RequireAlive(DateTimeOffset now)
    {
        if (ExpiresAt <= now) throw Fault.Expired("the upload has expired");
        if (State == UploadState.Failed) throw Fault.Expired($"the upload has failed: {Reason}");
    }
}

/// <summary>One version of a file.</summary>
public readonly record struct FileVersionName(string FileId, long Version);
