using MediatR;
using RooCoord.Contracts;
using RooCoord.Domain;

namespace RooCoord.Application.Messages;

/// <summary>One message of the user, with every delivery and its route.</summary>
public sealed record GetMessage(Caller Caller, string Id) : IRequest<MessageRecord>;

internal sealed class GetMessageHandler(ILedger ledger, LedgerWire wire) : IRequestHandler<GetMessage, MessageRecord>
{
    public async Task<MessageRecord> Handle(GetMessage request, CancellationToken cancellationToken)
    {
        QueryText.Require((request.Id, "id"));
        return wire.ToRecord(await ledger.FindAsync(request.Caller.UserKey, request.Id, cancellationToken).ConfigureAwait(false) ?? throw Fault.NotFound("message"), body: true);
    }
}
