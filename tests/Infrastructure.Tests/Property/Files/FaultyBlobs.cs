using RooCoord.Application.Files;

namespace RooCoord.Infrastructure.Tests.Property.Files;

/// <summary>Blobs on a disk that fails when told to, before or after it did what it was asked for.</summary>
internal sealed class FaultyBlobs(IBlobStore blobs) : IBlobStore
{
    private int _failIn = -1;

    /// <summary>The so-manyth operation from now fails.</summary>
    public void FailIn(int operations) => _failIn = operations;

    public IBlobWriter OpenWrite(string blobId, long offset)
    {
        Operation();
        return new Writer(this, blobs.OpenWrite(blobId, offset));
    }

    public void Publish(string blobId)
    {
        Operation();
        blobs.Publish(blobId);
        Operation();
    }

    public IBlobReader OpenRead(string blobId) => blobs.OpenRead(blobId);

    public void Delete(string blobId)
    {
        Operation();
        blobs.Delete(blobId);
        Operation();
    }

    public void RequireFolder() => blobs.RequireFolder();

    public IEnumerable<string> WrittenBefore(DateTimeOffset time) => blobs.WrittenBefore(time);

    private void Operation()
    {
        if (_failIn >= 0 && _failIn-- == 0) throw new IOException("the disk fails");
    }

    private sealed class Writer(FaultyBlobs owner, IBlobWriter writer) : IBlobWriter
    {
        public long Position => writer.Position;

        public void Write(ReadOnlySpan<byte> bytes)
        {
            owner.Operation();
            writer.Write(bytes);
        }

        public void Sync()
        {
            writer.Sync();
            owner.Operation();
        }

        public void Truncate(long length) => writer.Truncate(length);

        public void Dispose() => writer.Dispose();
    }
}
