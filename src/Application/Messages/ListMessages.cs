using MediatR;
using RooCoord.Contracts;

namespace RooCoord.Application.Messages;

/// <summary>The user's messages, newest first: those with a delivery to the device and in the state given, of the type given.</summary>
public sealed record ListMessages(Caller Caller, string? Device, string? State, string? Type, string? Before, int? Limit) : IRequest<HistoryPage<MessageRecord>>;

internal sealed class ListMessagesHandler(ILedger ledger, LedgerWire wire) : IRequestHandler<ListMessages, HistoryPage<MessageRecord>>
{
    // So many are looked at for one answer: a filter that hardly matches ends in a short page that goes on.
    private const int MaxLookedAt = 2_000;

    public async Task<HistoryPage<MessageRecord>> Handle(ListMessages request, CancellationToken cancellationToken)
    {
        var limit = LedgerWire.Limit(request.Limit);
        QueryText.Require((request.Device, "device"), (request.Type, "type"), (request.Before, "before"));
        if (request.State is { } word && word != "refused") DeliveryStates.Parse(word);
        var items = new List<MessageRecord>();
        var (before, lookedAt) = (request.Before, 0);
        while (lookedAt < MaxLookedAt)
        {
            var read = await ledger.ListAsync(request.Caller.UserKey, request.Type, before, limit, cancellationToken).ConfigureAwait(false);
            foreach (var message in read)
            {
                before = message.Message.Id;
                lookedAt++;
                var record = wire.ToRecord(message, body: false);
                if (Matches(record, request)) items.Add(record);
                if (items.Count == limit) return new(items, before);
            }
            if (read.Count < limit) return new(items, null);
        }
        return new(items, before);
    }

    private static bool Matches(MessageRecord message, ListMessages request) =>
        (request.Device is null && request.State is null)
        || message.Deliveries.Any(d => (request.Device is null || d.Device == request.Device) && (request.State is null || d.State == request.State));
}
