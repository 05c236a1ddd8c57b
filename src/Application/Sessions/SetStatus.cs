using MediatR;
using RooCoord.Application.Devices;
using RooCoord.Domain;
using RooCoord.Domain.Devices;

namespace RooCoord.Application.Sessions;

/// <summary>Sets <c>online|away|busy</c> for as long as the connection lasts.</summary>
public sealed record SetStatus(DeviceConnection Connection, string? Status) : IRequest;

internal sealed class SetStatusHandler(ISessionStore sessions, DeviceAnnouncer announcer) : IRequestHandler<SetStatus>
{
    public async Task<Unit> Handle(SetStatus request, CancellationToken cancellationToken)
    {
        var connection = request.Connection;
        connection.RequireCurrent();
        var status = request.Status switch
        {
            "online" => DeviceStatus.Online,
            "away" => DeviceStatus.Away,
            "busy" => DeviceStatus.Busy,
            _ => throw Fault.Invalid("`status` must be online, away or busy; offline follows the connection"),
        };
        if (!await sessions.SetStatusAsync(connection.DeviceKey, connection.Fence, status).ConfigureAwait(false)) throw Fault.Replaced();
        announcer.Changed(connection.UserKey, connection.DeviceId);
        return Unit.Value;
    }
}
