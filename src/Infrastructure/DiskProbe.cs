using RooCoord.Domain;

namespace RooCoord.Infrastructure;

/// <summary>The disk of the data folder has room: small commits may still fit into the log's old pages when a message does not.</summary>
internal sealed class DiskProbe(StorageOptions options) : IReadinessProbe
{
    public string Name => "disk";

    public Task CheckAsync(CancellationToken cancellationToken)
    {
        var free = new DriveInfo(Path.GetFullPath(options.Data)).AvailableFreeSpace;
        return free >= options.MinFreeBytes ? Task.CompletedTask
            : throw new Fault(FaultCode.StorageFull, $"{free} bytes are free on the disk of the data folder, fewer than RooCoord:MinFreeBytes");
    }
}
