using RooCoord.Domain.Messages;

namespace RooCoord.Application.Messages;

/// <summary>What became of messages. Reads see what is committed; every query is by the owning user.</summary>
public interface ILedger
{
    /// <summary>A message, or null. Fault <c>expired</c>: only its id is remembered.</summary>
    Task<LedgerMessage?> FindAsync(long userKey, string id, CancellationToken cancellationToken);

    /// <summary>Messages sent before the one with the id <paramref name="before"/> (null: from the newest on), newest first, at most <paramref name="limit"/>. Fault <c>not_found</c> when that one is not there.</summary>
    Task<IReadOnlyList<LedgerMessage>> ListAsync(long userKey, string? type, string? before, int limit, CancellationToken cancellationToken);

    /// <summary>Dead letters that ended before <paramref name="before"/>, the last to end first.</summary>
    Task<IReadOnlyList<LedgerDeadLetter>> DeadLettersAsync(long userKey, string? device, DeliveryId? before, int limit, CancellationToken cancellationToken);

    /// <summary>Puts a dead letter into its mailbox again: a new seq, one attempt more, a fresh TTL. Repeated, it answers with the same entry. Faults: <c>not_found</c>, <c>mailbox_full</c>.</summary>
    Task<RedrivenEntry> RedriveAsync(long userKey, DeliveryId delivery);

    /// <summary>Takes a dead letter off the list; false when it is not there.</summary>
    Task<bool> PurgeAsync(long userKey, DeliveryId delivery);
}

/// <summary>Names one entry of one mailbox.</summary>
public readonly record struct DeliveryId(string Device, long Seq)
{
    /// <summary>As on the wire.</summary>
    public override string ToString() => $"{Device}.{Seq}";

    /// <summary>Null when the text is none.</summary>
    public static DeliveryId? TryParse(string text)
    {
        var dot = text.LastIndexOf('.');
        return dot > 0 && long.TryParse(text.AsSpan(dot + 1), System.Globalization.NumberStyles.None, System.Globalization.CultureInfo.InvariantCulture, out var seq)
            ? new(text[..dot], seq)
            : null;
    }
}

/// <summary>A message with all its deliveries; <paramref name="Route"/> null: named devices only.</summary>
public sealed record LedgerMessage(Message Message, IReadOnlyList<LedgerDelivery> Deliveries, IReadOnlyList<BegunStep>? Route);

/// <summary>One delivery; null seq: the mailbox was full.</summary>
public sealed record LedgerDelivery(long DeviceKey, string DeviceId, long? Seq, DeliveryState State, string? Reason, DateTimeOffset? At, int Attempt);

/// <summary>A dead letter with its message.</summary>
public sealed record LedgerDeadLetter(DeliveryId Id, DeliveryState State, string? Reason, DateTimeOffset At, int Attempt, Message Message);

/// <summary>The entry that took a dead letter's place.</summary>
public sealed record RedrivenEntry(DeliveryId Id, int Attempt);
