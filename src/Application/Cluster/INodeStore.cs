using RooCoord.Application.Devices;

namespace RooCoord.Application.Cluster;

/// <summary>
/// The nodes on one database, and whose mailbox is pumped where: the truth that messages between nodes only hurry. Times are the
/// database's own.
/// </summary>
public interface INodeStore
{
    /// <summary>Registers this process; its number.</summary>
    Task<long> RegisterAsync();

    /// <summary>Says that a node lives; false once it was declared dead, and for good.</summary>
    Task<bool> BeatAsync(long node, CancellationToken cancellationToken);

    /// <summary>Notes that a node stopped: it is dead from now on.</summary>
    Task StopAsync(long node);

    /// <summary>Notes that nothing is left of a dead node.</summary>
    Task EndAsync(long node);

    /// <summary>Those of some nodes that are dead.</summary>
    Task<IReadOnlyList<long>> DeadAmongAsync(IReadOnlyCollection<long> known, CancellationToken cancellationToken);

    /// <summary>Declares nodes dead that said nothing for so long; returns all that are dead and not yet ended.</summary>
    Task<IReadOnlyList<long>> DeclareDeadAsync(TimeSpan silentFor, CancellationToken cancellationToken);

    /// <summary>Disconnects some devices of a dead node: raises their fences, so that it can settle nothing more, and sets them offline. Empty: none are left.</summary>
    Task<IReadOnlyList<DeviceName>> DisconnectAsync(long node, DateTimeOffset now);

    /// <summary>At start, when this is the only node: ends all others and what was connected to them.</summary>
    Task EndOthersAsync(long own, DateTimeOffset now);

    /// <summary>The mailboxes whose devices are connected to a node.</summary>
    Task<IReadOnlyList<HeldMailbox>> MailboxesAsync(long node, CancellationToken cancellationToken);

    /// <summary>The node of each of these devices that is connected.</summary>
    Task<IReadOnlyDictionary<long, long>> NodesOfAsync(IReadOnlyCollection<long> deviceKeys, CancellationToken cancellationToken);

    /// <summary>A connected device of the user and its node, or null.</summary>
    Task<DevicePlace?> FindAsync(long userKey, string deviceId, CancellationToken cancellationToken);
}

/// <summary>A mailbox as a node holds it: its highest seq, and the number of the connection that may settle.</summary>
public readonly record struct HeldMailbox(long DeviceKey, long Head, long Fence);

/// <summary>Where a device is connected.</summary>
public readonly record struct DevicePlace(long DeviceKey, long Node);
