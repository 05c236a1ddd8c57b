using Microsoft.Win32.SafeHandles;
using RooCoord.Application.Files;
using RooCoord.Domain;

namespace RooCoord.Infrastructure.Blobs;

/// <summary>
/// Blobs as files of <c>RooCoord:Blobs</c>: growing ones in <c>uploads/</c>, published ones in <c>files/xx/</c>, xx being the last
/// two characters of the id (the first ones of an UUIDv7 are its time).
/// </summary>
internal sealed class DiskBlobStore : IBlobStore
{
    private readonly string _uploads;
    private readonly string _files;
    private readonly long _cached;

    /// <param name="folder">Where they lie.</param>
    /// <param name="cached">How many of a blob's first bytes stay in the page cache when it is written.</param>
    public DiskBlobStore(string folder, long cached)
    {
        _cached = cached;
        _uploads = DataFolder.Create(Path.Combine(folder, "uploads"));
        _files = DataFolder.Create(Path.Combine(folder, "files"));
    }

    public IBlobWriter OpenWrite(string blobId, long offset)
    {
        var path = Growing(blobId);
        try
        {
            // Published, but what it became was not committed: it goes on growing, or is published again.
            if (!File.Exists(path) && File.Exists(Published(blobId))) File.Move(Published(blobId), path);
            return new DiskBlobWriter(File.OpenHandle(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None), offset, offset == 0 ? _uploads : null, _cached);
        }
        catch (DirectoryNotFoundException exception)
        {
            throw NoFolder(exception);
        }
        catch (IOException exception) when (DiskErrors.IsHeld(exception))
        {
            // A node that is taken for dead and is not: it lets go when it wakes, or dies.
            throw new Fault(FaultCode.Locked, "another process writes this upload; try again", exception);
        }
        catch (IOException exception) when (DiskErrors.IsFull(exception))
        {
            throw DiskErrors.Full(exception);
        }
    }

    public void Publish(string blobId)
    {
        RequireFolder();
        var (from, to) = (Growing(blobId), Published(blobId));
        var folder = Path.GetDirectoryName(to)!;
        try
        {
            var isNew = !Directory.Exists(folder);
            if (isNew) DataFolder.Create(folder);
            // Published before, perhaps only the syncing failed.
            var isRepeat = !File.Exists(from) && File.Exists(to);
            if (!isRepeat) File.Move(from, to, overwrite: true);
            FolderSync.Run(folder);
            if (isNew || isRepeat) FolderSync.Run(_files);
        }
        catch (IOException exception) when (DiskErrors.IsFull(exception))
        {
            throw DiskErrors.Full(exception);
        }
    }

    public IBlobReader OpenRead(string blobId)
    {
        try
        {
            return new DiskBlobReader(File.OpenHandle(Published(blobId)));
        }
        catch (IOException exception) when (exception is FileNotFoundException or DirectoryNotFoundException)
        {
            try
            {
                return new DiskBlobReader(File.OpenHandle(Growing(blobId), share: FileShare.ReadWrite));
            }
            catch (FileNotFoundException)
            {
                throw Fault.NotFound("content");
            }
            catch (DirectoryNotFoundException missing)
            {
                throw NoFolder(missing);
            }
        }
    }

    public void Delete(string blobId)
    {
        RequireFolder();
        File.Delete(Growing(blobId));
        if (Directory.Exists(Path.GetDirectoryName(Published(blobId)))) File.Delete(Published(blobId));
    }

    public void RequireFolder()
    {
        if (!Directory.Exists(_uploads) || !Directory.Exists(_files)) throw NoFolder();
    }

    private static Fault NoFolder(Exception? cause = null) => new(FaultCode.Unavailable, "the folder of the blobs is not there", cause);

    public IEnumerable<string> WrittenBefore(DateTimeOffset time) =>
        new[] { _uploads }.Concat(Directory.EnumerateDirectories(_files))
            .SelectMany(folder => new DirectoryInfo(folder).EnumerateFiles())
            .Where(file => file.LastWriteTimeUtc < time.UtcDateTime)
            .Select(file => file.Name);

    private string Growing(string blobId) => Path.Combine(_uploads, Checked(blobId));

    private string Published(string blobId) => Path.Combine(_files, Checked(blobId)[^2..], blobId);

    // Ids are made here; a path would mean that something is very wrong.
    private static string Checked(string blobId) =>
        blobId.Length is > 2 and <= 64 && blobId.All(char.IsAsciiLetterOrDigit) ? blobId : throw new ArgumentException("not a blob id", nameof(blobId));

    private sealed class DiskBlobReader(SafeFileHandle handle) : IBlobReader
    {
        public long Length => RandomAccess.GetLength(handle);

        public int Read(Span<byte> buffer, long offset) => RandomAccess.Read(handle, buffer, offset);

        public void Dispose() => handle.Dispose();
    }
}
