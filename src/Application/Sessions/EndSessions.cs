using MediatR;
using RooCoord.Application.Devices;
using RooCoord.Contracts;
using RooCoord.Domain;

namespace RooCoord.Application.Sessions;

/// <summary>Ends one live session of the caller, or all with null; their connections close with <c>ended</c>.</summary>
public sealed record EndSessions(Caller Caller, string? SessionId) : IRequest;

internal sealed class EndSessionsHandler(
    ISessionStore sessions, ConnectionEnding ending, DeviceAnnouncer announcer, TimeProvider time)
    : IRequestHandler<EndSessions>
{
    public async Task<Unit> Handle(EndSessions request, CancellationToken cancellationToken)
    {
        var ended = await sessions.EndAsync(request.Caller.UserKey, request.SessionId, time.GetUtcNow()).ConfigureAwait(false);
        if (ended.Count == 0 && request.SessionId is not null) throw Fault.NotFound("session");
        foreach (var session in ended)
        {
            await ending.EndAsync(session.DeviceKey, c => c.SessionId == session.Id, SessionEndReasons.Ended).ConfigureAwait(false);
            if (session.Connected) announcer.Changed(request.Caller.UserKey, session.DeviceId);
        }
        return Unit.Value;
    }
}
