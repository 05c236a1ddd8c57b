namespace RooCoord.Application.Files;

/// <summary>
/// What the database knows of blobs. Nothing comes to name a blob but by way of something that names it already, in one transaction
/// that holds on to it: what nothing names once, nothing ever names again, and may be deleted without a lock.
/// </summary>
public interface IBlobRecords
{
    /// <summary>Blobs noted for deletion with an id after <paramref name="after"/>, in the order of their ids.</summary>
    Task<IReadOnlyList<NotedBlob>> NotedAsync(string after, int limit, CancellationToken cancellationToken);

    /// <summary>Forgets the notes: the blobs are gone from the disk, or something names them.</summary>
    Task ForgetAsync(IReadOnlyList<string> blobIds);

    /// <summary>Those of the blobs that neither a version, an upload nor a note names.</summary>
    Task<IReadOnlyList<string>> UnknownAsync(IReadOnlyList<string> blobIds, CancellationToken cancellationToken);
}

/// <summary>A blob noted for deletion.</summary>
/// <param name="Id">Its id.</param>
/// <param name="IsNamed">Whether a version, an unfinished upload or a completed part names it: then it stays.</param>
public sealed record NotedBlob(string Id, bool IsNamed);
