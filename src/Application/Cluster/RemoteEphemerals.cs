using RooCoord.Domain;
using RooCoord.Domain.Messages;

namespace RooCoord.Application.Cluster;

/// <summary>Offers ephemeral messages to devices of other nodes.</summary>
internal sealed class RemoteEphemerals(DeviceDirectory directory, INodeBus bus)
{
    // What takes longer is of no use: a later one would overtake it.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);

    /// <summary>Whether the device took it; null: it is on no other node.</summary>
    public async Task<bool?> TrySendAsync(long userKey, string deviceId, Message message, CancellationToken cancellationToken)
    {
        // Twice: it may have moved since it was found.
        for (var attempt = 0; attempt < 2; attempt++)
        {
            if (await directory.FindAsync(userKey, deviceId, mayRemember: true, cancellationToken).ConfigureAwait(false) is not { } place) return null;
            switch (await OfferAsync(place, message, cancellationToken).ConfigureAwait(false))
            {
                case EphemeralOutcome.Sent: return true;
                case EphemeralOutcome.Dropped: return false;
                default: directory.Forget(userKey, deviceId); break;
            }
        }
        return false;
    }

    private async Task<EphemeralOutcome> OfferAsync(DevicePlace place, Message message, CancellationToken cancellationToken)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        patience.CancelAfter(Patience);
        try
        {
            var answer = await bus.AskAsync(place.Node, new EphemeralOffer(place.DeviceKey, message), patience.Token).ConfigureAwait(false);
            return (EphemeralOutcome)answer.Span[0];
        }
        catch (Fault) { return EphemeralOutcome.NotHere; }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested) { return EphemeralOutcome.Dropped; }
    }
}
