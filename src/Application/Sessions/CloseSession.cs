using MediatR;

namespace RooCoord.Application.Sessions;

/// <summary>Notes that a connection ended, however it did; the session waits for the resume window.</summary>
public sealed record CloseSession(DeviceConnection Connection) : IRequest;

internal sealed class CloseSessionHandler(ConnectionEnding ending) : IRequestHandler<CloseSession>
{
    public async Task<Unit> Handle(CloseSession request, CancellationToken cancellationToken)
    {
        await ending.CloseAsync(request.Connection).ConfigureAwait(false);
        return Unit.Value;
    }
}
