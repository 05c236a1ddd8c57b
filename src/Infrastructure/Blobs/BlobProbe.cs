using RooCoord.Application.Files;
using RooCoord.Domain;

namespace RooCoord.Infrastructure.Blobs;

/// <summary>The folder of the blobs is there, and its disk, which may be another than the data folder's, has room.</summary>
internal sealed class BlobProbe(IBlobStore blobs, StorageOptions options) : IReadinessProbe
{
    public string Name => "blobs";

    public Task CheckAsync(CancellationToken cancellationToken)
    {
        blobs.RequireFolder();
        var free = new DriveInfo(options.BlobFolder).AvailableFreeSpace;
        return free >= options.MinFreeBytes ? Task.CompletedTask
            : throw new Fault(FaultCode.StorageFull, $"{free} bytes are free on the disk of the blobs, fewer than RooCoord:MinFreeBytes");
    }
}

/// <summary>No version is damaged. Restarting or avoiding this node would not help: it stays ready.</summary>
internal sealed class DamageProbe(IScrubRecords records) : IReadinessProbe
{
    public string Name => "files";

    public bool IsFatal => false;

    public async Task CheckAsync(CancellationToken cancellationToken)
    {
        if (await records.CountDamagedAsync(cancellationToken).ConfigureAwait(false) is var damaged and > 0)
            throw new Fault(FaultCode.Failed, $"{damaged} versions of files are damaged");
    }
}
