using RooCoord.Domain.Messages;

namespace RooCoord.Infrastructure.Sql;

/// <summary>An open entry with its message, as read for delivery.</summary>
internal sealed record EntryRow(
    long Seq, long Attempt, long? DueAt, long Offer, long? OwnExpiresAt,
    long MessageKey, long UserKey, string UserId, string Id, string? FromDevice, long? SenderKey,
    string Type, string Body, long Priority, long Receipts, long SentAt, long ExpiresAt, string? CorrelationId)
{
    public const string Select = $"""
        SELECT e.seq AS Seq, e.attempt AS Attempt, e.due_at AS DueAt, e.offer AS Offer, e.expires_at AS OwnExpiresAt, {MessageRow.Columns}
        FROM entry e JOIN message m ON m.message_key = e.message_key {MessageRow.Joins}
        """;

    public Entry ToEntry() => new(
        Seq, Seq >> MailboxCursor.EpochShift,
        new MessageRow(MessageKey, UserKey, UserId, Id, FromDevice, SenderKey, Type, Body, Priority, Receipts, SentAt, OwnExpiresAt ?? ExpiresAt, CorrelationId).ToMessage(),
        (int)Attempt, DueAt is not null, (Offer)Offer);
}
