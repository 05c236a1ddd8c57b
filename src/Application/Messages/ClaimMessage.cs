using MediatR;
using RooCoord.Application.Sessions;
using RooCoord.Domain;

namespace RooCoord.Application.Messages;

/// <summary>Claims a message offered to the device: true for exactly one of those offered it. Fault <c>not_found</c>: never offered.</summary>
public sealed record ClaimMessage(DeviceConnection Connection, string? MessageId) : IRequest<bool>;

internal sealed class ClaimMessageHandler(IMailbox mailbox) : IRequestHandler<ClaimMessage, bool>
{
    public async Task<bool> Handle(ClaimMessage request, CancellationToken cancellationToken)
    {
        var connection = request.Connection;
        connection.RequireCurrent();
        Text.Require(request.MessageId, "messageId", 1, 64);
        var (won, seq, open) = await mailbox.ClaimAsync(connection.Holder, connection.UserKey, request.MessageId!).ConfigureAwait(false);
        if (open) connection.Pump.Touch();
        connection.Pump.Claimed(seq, won);
        return won;
    }
}
