using RooCoord.Application.Messages;
using RooCoord.Domain.Messages;

namespace RooCoord.Application.Cluster;

/// <summary>What nodes say to each other.</summary>
public abstract record NodeMessage;

/// <summary>Entries were committed for devices that the node holds, in the order of their commit.</summary>
public sealed record EntriesAppended(IReadOnlyList<Committed> Entries) : NodeMessage;

/// <summary>Entries were taken back.</summary>
public sealed record EntriesWithdrawn(IReadOnlyList<Withdrawal> Entries) : NodeMessage;

/// <summary>Receipts for sending devices that the node holds.</summary>
public sealed record ReceiptsFor(IReadOnlyList<ReceiptFor> Receipts) : NodeMessage;

/// <summary>The TTL of these entries has passed: the node that holds the devices closes those not in flight.</summary>
public sealed record EntriesDue(IReadOnlyList<DueEntry> Entries) : NodeMessage;

/// <summary>The fences of these devices, or of all of a user's (not 0), were raised: connections that are not current any more end. Asked, the answer (empty) comes when their flights are returned.</summary>
public sealed record FencesRaised(IReadOnlyList<long> DeviceKeys, long UserKey) : NodeMessage;

/// <summary>Another node wants to receive an upload that the asked one received until now, as <see cref="Files.IUploadLocks"/> has it for two requests; the answer (empty) comes when it may.</summary>
/// <param name="UserKey">Whose upload.</param>
/// <param name="UploadId">The upload.</param>
/// <param name="Node">Who wants it.</param>
/// <param name="Looks">Only to look at it: taken from a holder that is silent.</param>
public sealed record UploadWanted(long UserKey, string UploadId, long Node, bool Looks) : NodeMessage;

/// <summary>A call for a device that the node holds; the answer is what it returned, JSON text. Faults as <c>Call</c> has them.</summary>
public sealed record DeviceCall(long DeviceKey, string Method, ReadOnlyMemory<byte> Body) : NodeMessage;

/// <summary>An ephemeral message for a device that the node holds; the answer is one byte, an <see cref="EphemeralOutcome"/>.</summary>
public sealed record EphemeralOffer(long DeviceKey, Message Message) : NodeMessage;

/// <summary>What became of an ephemeral message.</summary>
public enum EphemeralOutcome : byte
{
    /// <summary>The device is not connected to this node.</summary>
    NotHere,
    /// <summary>Its buffer has no room, or it has not resumed.</summary>
    Dropped,
    /// <summary>It is on its way.</summary>
    Sent,
}

/// <summary>An entry of a mailbox.</summary>
public readonly record struct DueEntry(long DeviceKey, long Priority, long Seq);
