using MediatR;
using RooCoord.Application.Sessions;

namespace RooCoord.Application.Messages;

/// <summary>Restarts the connection's 30 s when the entry is in flight, else does nothing.</summary>
public sealed record MarkWorking(DeviceConnection Connection, long Seq) : IRequest;

internal sealed class MarkWorkingHandler : IRequestHandler<MarkWorking>
{
    public Task<Unit> Handle(MarkWorking request, CancellationToken cancellationToken)
    {
        request.Connection.RequireCurrent();
        request.Connection.Pump.Touch(request.Seq);
        return Unit.Task;
    }
}
