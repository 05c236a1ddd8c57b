using RooCoord.Contracts;

namespace RooCoord.Application.Sessions;

/// <summary>Ends connections whose device has gone on without them: a newer connection elsewhere, an end, a revocation.</summary>
internal sealed class FenceCheck(ISessionStore sessions, ConnectionEnding ending)
{
    /// <summary>Ends the connection unless it is current.</summary>
    public async Task CheckAsync(DeviceConnection connection, CancellationToken cancellationToken)
    {
        if (connection.IsCurrent && !await sessions.IsCurrentAsync(connection.DeviceKey, connection.Fence, cancellationToken).ConfigureAwait(false))
            await EndAsync(connection, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Ends a connection that is not current, with the reason the database knows.</summary>
    public async Task EndAsync(DeviceConnection connection, CancellationToken cancellationToken)
    {
        var device = connection.Caller.Device!;
        var by = await sessions.FencedByAsync(device.Key, device.FamilyId, connection.SessionId, cancellationToken).ConfigureAwait(false);
        await ending.EndAsync(connection, by switch
        {
            FencedBy.Revocation => SessionEndReasons.Revoked,
            FencedBy.End => SessionEndReasons.Ended,
            _ => SessionEndReasons.Replaced,
        }).ConfigureAwait(false);
    }
}
