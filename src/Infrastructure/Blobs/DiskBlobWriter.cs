using Microsoft.Win32.SafeHandles;
using RooCoord.Application.Files;

namespace RooCoord.Infrastructure.Blobs;

/// <inheritdoc cref="IBlobWriter"/>
internal sealed class DiskBlobWriter : IBlobWriter
{
    private readonly SafeFileHandle _handle;

    public DiskBlobWriter(SafeFileHandle handle, long offset)
    {
        (_handle, Position) = (handle, offset);
        try
        {
            var length = RandomAccess.GetLength(handle);
            if (length < offset) throw new EndOfStreamException($"a blob has {length} of {offset} committed bytes");
            if (length > offset) RandomAccess.SetLength(handle, offset);
        }
        catch
        {
            handle.Dispose();
            throw;
        }
    }

    public long Position { get; private set; }

    public async ValueTask WriteAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken)
    {
        try
        {
            await RandomAccess.WriteAsync(_handle, bytes, Position, cancellationToken).ConfigureAwait(false);
            Position += bytes.Length;
        }
        catch (IOException exception) when (DiskErrors.IsFull(exception))
        {
            throw DiskErrors.Full(exception);
        }
    }

    public async ValueTask SyncAsync(CancellationToken cancellationToken)
    {
        try
        {
            await Task.Run(() => RandomAccess.FlushToDisk(_handle), cancellationToken).ConfigureAwait(false);
        }
        catch (IOException exception) when (DiskErrors.IsFull(exception))
        {
            throw DiskErrors.Full(exception);
        }
    }

    public void Truncate(long length)
    {
        RandomAccess.SetLength(_handle, length);
        Position = length;
    }

    public void Dispose() => _handle.Dispose();
}
