using MediatR;
using RooCoord.Application.Sessions;
using RooCoord.Contracts;

namespace RooCoord.Application.Messages;

/// <summary>This entry and every earlier ordinary one of its priority is handled; ends once that is committed.</summary>
public sealed record Acknowledge(DeviceConnection Connection, WholeNumber Seq) : IRequest;

internal sealed class AcknowledgeHandler(IMailbox mailbox) : IRequestHandler<Acknowledge>
{
    public async Task<Unit> Handle(Acknowledge request, CancellationToken cancellationToken)
    {
        var connection = request.Connection;
        var seq = request.Seq.Require("seq");
        connection.RequireCurrent();
        var settlement = await mailbox.AcknowledgeAsync(connection.Holder, seq, connection.Pump.Touch(seq)).ConfigureAwait(false);
        if (settlement.Open) connection.Pump.Touch();
        connection.Pump.Settled(settlement, seq);
        return Unit.Value;
    }
}
