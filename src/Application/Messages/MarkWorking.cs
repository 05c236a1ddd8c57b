using MediatR;
using RooCoord.Application.Sessions;
using RooCoord.Contracts;

namespace RooCoord.Application.Messages;

/// <summary>Restarts the connection's 30 s when the entry is in flight, else does nothing.</summary>
public sealed record MarkWorking(DeviceConnection Connection, WholeNumber Seq) : IRequest;

internal sealed class MarkWorkingHandler : IRequestHandler<MarkWorking>
{
    public Task<Unit> Handle(MarkWorking request, CancellationToken cancellationToken)
    {
        request.Connection.RequireCurrent();
        request.Connection.Pump.Touch(request.Seq.Require("seq"));
        return Unit.Task;
    }
}
