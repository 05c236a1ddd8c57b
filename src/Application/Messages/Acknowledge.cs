using MediatR;
using RooCoord.Application.Sessions;

namespace RooCoord.Application.Messages;

/// <summary>This entry and every earlier ordinary one of its priority is handled; ends once that is committed.</summary>
public sealed record Acknowledge(DeviceConnection Connection, long Seq) : IRequest;

internal sealed class AcknowledgeHandler(IMailbox mailbox) : IRequestHandler<Acknowledge>
{
    public async Task<Unit> Handle(Acknowledge request, CancellationToken cancellationToken)
    {
        var (connection, seq) = request;
        connection.RequireCurrent();
        var settlement = await mailbox.AcknowledgeAsync(connection.Holder, seq, connection.Pump.Touch(seq)).ConfigureAwait(false);
        connection.Pump.Settled(settlement, seq);
        return Unit.Value;
    }
}
