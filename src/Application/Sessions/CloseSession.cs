using MediatR;
using RooCoord.Application.Devices;

namespace RooCoord.Application.Sessions;

/// <summary>Notes that a connection ended, however it did; the session waits for the resume window.</summary>
public sealed record CloseSession(DeviceConnection Connection) : IRequest;

internal sealed class CloseSessionHandler(
    ISessionStore sessions, DeviceConnections connections, ConnectionEnding ending, DeviceAnnouncer announcer, TimeProvider time)
    : IRequestHandler<CloseSession>
{
    public async Task<Unit> Handle(CloseSession request, CancellationToken cancellationToken)
    {
        var connection = request.Connection;
        connections.Detach(connection);
        await ending.ReturnFlightAsync(connection).ConfigureAwait(false);
        if (await sessions.CloseAsync(connection.DeviceKey, connection.Fence, time.GetUtcNow()).ConfigureAwait(false))
            announcer.Changed(connection.UserKey, connection.DeviceId);
        return Unit.Value;
    }
}
