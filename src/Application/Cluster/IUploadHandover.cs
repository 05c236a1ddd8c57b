namespace RooCoord.Application.Cluster;

/// <summary>Gives uploads that this node receives to other nodes.</summary>
public interface IUploadHandover
{
    /// <summary>Ends, or waits for, the request that has the upload here, as another request here would; ends when the other node has it. Faults as <see cref="Files.IUploadLocks"/>.</summary>
    Task HandOverAsync(UploadWanted wanted, CancellationToken cancellationToken);
}
