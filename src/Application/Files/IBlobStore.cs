namespace RooCoord.Application.Files;

/// <summary>
/// Bytes on a disk, by ids the application makes. A blob grows while it is uploaded, by one writer at a time (the upload's lock),
/// and never changes once it is published. Full disks are <see cref="Domain.FaultCode.StorageFull"/>; what was synced before stays.
/// </summary>
public interface IBlobStore
{
    /// <summary>Opens a growing blob to write at <paramref name="offset"/>: made when it is not there, whatever lies beyond is cut off.</summary>
    IBlobWriter OpenWrite(string blobId, long offset);

    /// <summary>Publishes a blob whose bytes are synced: renamed, and the folder synced. Published before: nothing happens.</summary>
    void Publish(string blobId);

    /// <summary>Opens a blob for reading, published or not; throws <see cref="Domain.FaultCode.NotFound"/>.</summary>
    IBlobReader OpenRead(string blobId);

    /// <summary>Deletes a blob, published or not; not there: nothing happens.</summary>
    void Delete(string blobId);

    /// <summary>Throws <see cref="Domain.FaultCode.Unavailable"/> when the folder of all blobs is not there, as when its disk is not mounted.</summary>
    void RequireFolder();

    /// <summary>Ids of all blobs last written before a time, in no order.</summary>
    IEnumerable<string> WrittenBefore(DateTimeOffset time);
}

/// <summary>A growing blob.</summary>
public interface IBlobWriter : IDisposable
{
    /// <summary>Where the next byte goes.</summary>
    long Position { get; }

    /// <summary>Writes; on the disk only after <see cref="Sync"/>.</summary>
    void Write(ReadOnlySpan<byte> bytes);

    /// <summary>Forces what was written to the disk.</summary>
    void Sync();

    /// <summary>Takes back what lies beyond <paramref name="length"/>.</summary>
    void Truncate(long length);
}

/// <summary>A blob to read from, anywhere, by several at once.</summary>
public interface IBlobReader : IDisposable
{
    /// <summary>Bytes.</summary>
    long Length { get; }

    /// <summary>Reads at <paramref name="offset"/>; 0 only at the end.</summary>
    int Read(Span<byte> buffer, long offset);
}
