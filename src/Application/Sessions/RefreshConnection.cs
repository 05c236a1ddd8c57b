using MediatR;
using RooCoord.Domain;

namespace RooCoord.Application.Sessions;

/// <summary>Gives a connection a newer access token of the same device, already checked.</summary>
public sealed record RefreshConnection(DeviceConnection Connection, Caller? Refreshed) : IRequest;

internal sealed class RefreshConnectionHandler : IRequestHandler<RefreshConnection>
{
    public Task<Unit> Handle(RefreshConnection request, CancellationToken cancellationToken)
    {
        var connection = request.Connection;
        connection.RequireCurrent();
        if (request.Refreshed?.Device is not { } device) throw Fault.Unauthorized("the token is not accepted");
        if (device.Key != connection.DeviceKey) throw Fault.Forbidden("the token is another device's");
        connection.Refreshed(device.ExpiresAt);
        return Unit.Task;
    }
}
