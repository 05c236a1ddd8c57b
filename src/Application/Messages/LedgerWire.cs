using RooCoord.Contracts;
using RooCoord.Domain;
using RooCoord.Domain.Messages;

namespace RooCoord.Application.Messages;

/// <summary>The ledger as the wire shows it.</summary>
internal sealed class LedgerWire(IMailboxSignal signal)
{
    private const int MaxLimit = 200;

    /// <summary>A page's size: 1..200, default 50.</summary>
    public static int Limit(int? limit) => limit is null ? 50 : limit is >= 1 and <= MaxLimit ? limit.Value : throw Fault.Invalid($"`limit` must be 1 to {MaxLimit}");

    /// <summary>A message; <paramref name="body"/>: with its body.</summary>
    public MessageRecord ToRecord(LedgerMessage entry, bool body)
    {
        var message = entry.Message;
        DeliveryRecord[] deliveries = [.. entry.Deliveries.Select(d => ToRecord(d, message))];
        return new(
            message.Id, new(message.UserId, message.FromDevice), message.Type, body ? new JsonText(message.Body) : null, Word(message.Priority), message.SentAt, message.ExpiresAt,
            Word(message.Receipts), message.CorrelationId, deliveries,
            entry.Route is { } route ? Routes.ToWire(route) : Routes.Named([.. deliveries.Select(d => d.Device).Distinct()]));
    }

    private DeliveryRecord ToRecord(LedgerDelivery delivery, Message message)
    {
        if (delivery.Seq is not { } seq) return new(null, delivery.DeviceId, null, "refused", ErrorCodes.MailboxFull, message.SentAt, null);
        var (state, at) = (delivery.State, delivery.At);
        if (state == DeliveryState.Stored)
        {
            var since = signal.InFlightSince(delivery.DeviceKey, seq);
            if (since is not null || delivery.Attempt > 1) (state, at) = (DeliveryState.Sent, since);
            else at = message.SentAt;
        }
        return new(new DeliveryId(delivery.DeviceId, seq).ToString(), delivery.DeviceId, seq, DeliveryStates.Word(state), delivery.Reason, at, delivery.Attempt);
    }

    /// <summary>A dead letter.</summary>
    public static DeadLetter ToWire(LedgerDeadLetter letter) => new(
        letter.Id.ToString(), letter.Id.Device, letter.Id.Seq, DeliveryStates.Word(letter.State), letter.Reason, letter.At, letter.Attempt,
        letter.Message.Id, new(letter.Message.UserId, letter.Message.FromDevice), letter.Message.Type, new(letter.Message.Body), Word(letter.Message.Priority),
        letter.Message.SentAt, letter.Message.CorrelationId);

    private static string Word<T>(T value) where T : struct, Enum => value.ToString().ToLowerInvariant();
}
