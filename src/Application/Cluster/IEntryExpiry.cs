namespace RooCoord.Application.Cluster;

/// <summary>Closes entries whose TTL has passed, of devices connected to this node.</summary>
public interface IEntryExpiry
{
    /// <summary>Closes those of these that are open and not in flight, soon; returns at once.</summary>
    void Close(IReadOnlyList<DueEntry> entries);
}
