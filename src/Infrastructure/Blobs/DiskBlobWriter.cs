using Microsoft.Win32.SafeHandles;
using RooCoord.Application.Files;

namespace RooCoord.Infrastructure.Blobs;

/// <inheritdoc cref="IBlobWriter"/>
internal sealed class DiskBlobWriter : IBlobWriter
{
    private readonly SafeFileHandle _handle;
    private readonly long _cached;
    private string? _unsyncedFolder;
    private long _synced;

    /// <param name="handle">The open file.</param>
    /// <param name="offset">Where to go on.</param>
    /// <param name="newIn">The folder that may not know the file for good yet, or null.</param>
    /// <param name="cached">How many of the file's first bytes stay in the page cache.</param>
    public DiskBlobWriter(SafeFileHandle handle, long offset, string? newIn, long cached)
    {
        (_handle, Position, _unsyncedFolder, _synced, _cached) = (handle, offset, newIn, offset, cached);
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

    public void Write(ReadOnlySpan<byte> bytes)
    {
        try
        {
            RandomAccess.Write(_handle, bytes, Position);
            Position += bytes.Length;
        }
        catch (IOException exception) when (DiskErrors.IsFull(exception))
        {
            throw DiskErrors.Full(exception);
        }
    }

    public void Sync()
    {
        try
        {
            RandomAccess.FlushToDisk(_handle);
            if (_unsyncedFolder is not null) FolderSync.Run(_unsyncedFolder);
        }
        catch (IOException exception) when (DiskErrors.IsFull(exception))
        {
            throw DiskErrors.Full(exception);
        }
        _unsyncedFolder = null;
        if (Position > _cached) PageCache.Release(_handle, Math.Max(_synced, _cached), Position);
        _synced = Position;
    }

    public void Truncate(long length)
    {
        RandomAccess.SetLength(_handle, length);
        Position = length;
        _synced = Math.Min(_synced, length);
    }

    public void Dispose() => _handle.Dispose();
}
