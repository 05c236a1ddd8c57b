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

    public async Task PublishAsync(string blobId, CancellationToken cancellationToken)
    {
        Operation();
        await blobs.PublishAsync(blobId, cancellationToken);
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

        public async ValueTask WriteAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken)
        {
            owner.Operation();
            await writer.WriteAsync(bytes, cancellationToken);
        }

        public async ValueTask SyncAsync(CancellationToken cancellationToken)
        {
            await writer.SyncAsync(cancellationToken);
            owner.Operation();
        }

        public void Truncate(long length) => writer.Truncate(length);

        public void Dispose() => writer.Dispose();
    }
}
