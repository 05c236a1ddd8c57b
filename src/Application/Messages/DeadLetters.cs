using MediatR;
using RooCoord.Contracts;
using RooCoord.Domain;

namespace RooCoord.Application.Messages;

/// <summary>The user's dead letters, the last to end first.</summary>
public sealed record ListDeadLetters(Caller Caller, string? Device, string? Before, int? Limit) : IRequest<HistoryPage<DeadLetter>>;

/// <summary>Puts a dead letter into its mailbox again.</summary>
public sealed record RedriveDeadLetter(Caller Caller, string DeliveryId) : IRequest<DeliveryRecord>;

/// <summary>Takes a dead letter off the list.</summary>
public sealed record PurgeDeadLetter(Caller Caller, string DeliveryId) : IRequest;

internal sealed class DeadLettersHandler(ILedger ledger, TimeProvider time)
    : IRequestHandler<ListDeadLetters, HistoryPage<DeadLetter>>, IRequestHandler<RedriveDeadLetter, DeliveryRecord>, IRequestHandler<PurgeDeadLetter>
{
    public async Task<HistoryPage<DeadLetter>> Handle(ListDeadLetters request, CancellationToken cancellationToken)
    {
        var limit = LedgerWire.Limit(request.Limit);
        QueryText.Require((request.Device, "device"), (request.Before, "before"));
        DeliveryId? before = request.Before is { } text ? DeliveryId.TryParse(text) ?? throw Fault.Invalid("`before` must be a deliveryId") : null;
        var letters = await ledger.DeadLettersAsync(request.Caller.UserKey, request.Device, before, limit, cancellationToken).ConfigureAwait(false);
        return new([.. letters.Select(LedgerWire.ToWire)], letters.Count == limit ? letters[^1].Id.ToString() : null);
    }

    public async Task<DeliveryRecord> Handle(RedriveDeadLetter request, CancellationToken cancellationToken)
    {
        var entry = await ledger.RedriveAsync(request.Caller.UserKey, Parse(request.DeliveryId)).ConfigureAwait(false);
        return new(entry.Id.ToString(), entry.Id.Device, entry.Id.Seq, "stored", null, time.GetUtcNow(), entry.Attempt);
    }

    public async Task<Unit> Handle(PurgeDeadLetter request, CancellationToken cancellationToken)
    {
        if (!await ledger.PurgeAsync(request.Caller.UserKey, Parse(request.DeliveryId)).ConfigureAwait(false)) throw Fault.NotFound("dead letter");
        return Unit.Value;
    }

    private static DeliveryId Parse(string text)
    {
        QueryText.Require((text, "deliveryId"));
        return DeliveryId.TryParse(text) ?? throw Fault.NotFound("dead letter");
    }
}
