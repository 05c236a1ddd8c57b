using RooCoord.Application.Files;
using RooCoord.Application.Messages;
using RooCoord.Application.Sessions;
using RooCoord.Contracts;
using RooCoord.Domain;

namespace RooCoord.Application.Cluster;

/// <summary>What this node does when another says something. Called in the order the other node posted; what takes time goes on by itself.</summary>
public sealed class NodeInbox
{
    private static readonly Task<ReadOnlyMemory<byte>> Done = Task.FromResult(ReadOnlyMemory<byte>.Empty);

    private readonly DeviceConnections _connections;
    private readonly LocalMailboxSignal _signal;
    private readonly FenceCheck _fences;
    private readonly IEntryExpiry _expiry;
    private readonly IUploadHandover _uploads;
    private readonly UploadProgressTracker _progress;

    internal NodeInbox(DeviceConnections connections, LocalMailboxSignal signal, FenceCheck fences, IEntryExpiry expiry, IUploadHandover uploads, UploadProgressTracker progress) =>
        (_connections, _signal, _fences, _expiry, _uploads, _progress) = (connections, signal, fences, expiry, uploads, progress);

    /// <summary>Takes a message; the answer, for those that are asked.</summary>
    public Task<ReadOnlyMemory<byte>> TakeAsync(NodeMessage message, CancellationToken cancellationToken)
    {
        switch (message)
        {
            case EntriesAppended appended: _signal.Appended(appended.Entries); return Done;
            case EntriesWithdrawn withdrawn: _signal.Withdrawn(withdrawn.Entries); return Done;
            case ReceiptsFor told: _signal.Receipts(told.Receipts); return Done;
            case EntriesDue due: _expiry.Close(due.Entries); return Done;
            case EphemeralOffer offer: return Task.FromResult<ReadOnlyMemory<byte>>(new[] { (byte)Take(offer) });
            case FencesRaised raised: return CheckAsync(raised, cancellationToken);
            case UploadWanted wanted: return HandOverAsync(wanted, cancellationToken);
            case DeviceCall call: return CallAsync(call, cancellationToken);
            default: throw Fault.Invalid("this node does not know the message");
        }
    }

    /// <summary>Something that another node said was lost: what waits in memory may not be true any more.</summary>
    public void Missed()
    {
        foreach (var connection in _connections.All) connection.Pump.Reread();
    }

    private EphemeralOutcome Take(EphemeralOffer offer)
    {
        if (_connections.Find(offer.DeviceKey) is not { IsCurrent: true } connection) return EphemeralOutcome.NotHere;
        return connection.Pump.TrySend(offer.Message) ? EphemeralOutcome.Sent : EphemeralOutcome.Dropped;
    }

    private async Task<ReadOnlyMemory<byte>> CheckAsync(FencesRaised raised, CancellationToken cancellationToken)
    {
        var touched = raised.UserKey != 0
            ? _connections.All.Where(c => c.UserKey == raised.UserKey)
            : raised.DeviceKeys.Select(_connections.Find).OfType<DeviceConnection>();
        await Task.WhenAll(touched.Select(c => _fences.CheckAsync(c, cancellationToken))).ConfigureAwait(false);
        return default;
    }

    private async Task<ReadOnlyMemory<byte>> HandOverAsync(UploadWanted wanted, CancellationToken cancellationToken)
    {
        await _uploads.HandOverAsync(wanted, cancellationToken).ConfigureAwait(false);
        _progress.Left(wanted.UploadId);
        return default;
    }

    private async Task<ReadOnlyMemory<byte>> CallAsync(DeviceCall call, CancellationToken cancellationToken)
    {
        if (_connections.Find(call.DeviceKey) is not { IsCurrent: true } connection) throw new Fault(FaultCode.Offline, "the device is not connected");
        var answer = await connection.Link.CallAsync(call.Method, new JsonText(call.Body), cancellationToken).ConfigureAwait(false);
        return answer.Utf8;
    }
}
