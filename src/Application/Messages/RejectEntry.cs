using MediatR;
using RooCoord.Application.Sessions;
using RooCoord.Contracts;
using RooCoord.Domain;

namespace RooCoord.Application.Messages;

/// <summary>Dead-letters one entry. Reason: at most 256 characters.</summary>
public sealed record RejectEntry(DeviceConnection Connection, WholeNumber Seq, string? Reason) : IRequest;

internal sealed class RejectEntryHandler(IMailbox mailbox) : IRequestHandler<RejectEntry>
{
    public async Task<Unit> Handle(RejectEntry request, CancellationToken cancellationToken)
    {
        var (connection, number, reason) = request;
        var seq = number.Require("seq");
        connection.RequireCurrent();
        if (reason is not null) Text.Require(reason, "reason", 0, 256);
        connection.Pump.Touch(seq);
        if (await mailbox.RejectAsync(connection.Holder, seq, reason).ConfigureAwait(false)) connection.Pump.Touch();
        connection.Pump.Removed(seq);
        return Unit.Value;
    }
}
