using Microsoft.Win32.SafeHandles;
using RooCoord.Application.Files;

namespace RooCoord.Infrastructure.Blobs;

/// <inheritdoc cref="IBlobWriter"/>
internal sealed class DiskBlobWriter : IBlobWriter
{
    private readonly SafeFileHandle _handle;
    private string? _unsyncedFolder;

    /// <param name="handle">The open file.</param>
    /// <param name="offset">Where to go on.</param>
    /// <param name="newIn">The folder that may not know the file for good yet, or null.</param>
    public DiskBlobWriter(SafeFileHandle handle, long offset, string? newIn)
    {
        (_handle, Position, _unsyncedFolder) = (handle, offset, newIn);
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
            await Task.Run(Sync, cancellationToken).ConfigureAwait(false);
        }
        catch (IOException exception) when (DiskErrors.IsFull(exception))
        {
            throw DiskErrors.Full(exception);
        }
    }

    private void Sync()
    {
        RandomAccess.FlushToDisk(_handle);
        if (_unsyncedFolder is null) return;
        FolderSync.Run(_unsyncedFolder);
        _unsyncedFolder = null;
    }

    public void Truncate(long length)
    {
        RandomAccess.SetLength(_handle, length);
        Position = length;
    }

    public void Dispose() => _handle.Dispose();
}
