using RooCoord.Contracts;

namespace RooCoord.Application.Sessions;

/// <summary>Ends connections whose device has gone on without them: a newer connection elsewhere, an end, a revocation.</summary>
internal sealed class FenceCheck(ISessionStore sessions, ConnectionEnding ending)
{
    /// <summary>Ends the connection unless it is current.</summary>
    public async Task CheckAsync(DeviceConnection connection, CancellationToken cancellationToken)
    {
        if (!connection.IsCurrent) return;
        if (!await sessions.IsCurrentAsync(connection.DeviceKey, connection.Fence, cancellationToken).ConfigureAwait(false))
            await EndAsync(connection, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Ends a connection that is not current, with the reason the database knows.</summary>
    public async Task EndAsync(DeviceConnection connection, CancellationToken cancellationToken)
    {
        switch (await sessions.FencedByAsync(connection.Holder, connection.Caller.Device!.FamilyId, connection.SessionId, cancellationToken).ConfigureAwait(false))
        {
            case FencedBy.Revocation: await ending.EndAsync(connection, SessionEndReasons.Revoked).ConfigureAwait(false); break;
            case FencedBy.End: await ending.EndAsync(connection, SessionEndReasons.Ended).ConfigureAwait(false); break;
            // What was in flight here may be in flight there by now.
            case FencedBy.NewerConnection: await ending.EndAsync(connection, SessionEndReasons.Replaced, late: true).ConfigureAwait(false); break;
            default: await ending.LetGoAsync(connection).ConfigureAwait(false); break;
        }
    }
}
