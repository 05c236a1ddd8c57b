using System.Text;
using RooCoord.Domain.Messages;

namespace RooCoord.Infrastructure.Sql;

/// <summary>An open entry with its message, as read for delivery.</summary>
internal sealed record EntryRow(
    long Seq, long Attempt, long State, long MessageKey, long UserKey, string UserId, string Id, string? FromDevice,
    string Type, string Body, long Priority, long Receipts, long SentAt, long ExpiresAt, string? CorrelationId)
{
    public const string Select = """
        SELECT e.seq AS Seq, e.attempt AS Attempt, e.state AS State, m.message_key AS MessageKey, m.user_key AS UserKey, u.id AS UserId,
               m.id AS Id, d.id AS FromDevice, m.type AS Type, m.body AS Body, m.priority AS Priority, m.receipts AS Receipts,
               m.sent_at AS SentAt, m.expires_at AS ExpiresAt, m.correlation_id AS CorrelationId
        FROM entry e
        JOIN message m ON m.message_key = e.message_key
        JOIN user_account u ON u.user_key = m.user_key
        LEFT JOIN device d ON d.device_key = m.from_device_key
        """;

    public Entry ToEntry() => new(
        Seq, Seq >> MailboxCursor.EpochShift,
        new Message
        {
            Key = MessageKey,
            Id = Id,
            UserKey = UserKey,
            UserId = UserId,
            FromDevice = FromDevice,
            Type = Type,
            Body = Encoding.UTF8.GetBytes(Body),
            Priority = (Priority)Priority,
            Receipts = (ReceiptMode)Receipts,
            SentAt = DateTimeOffset.FromUnixTimeMilliseconds(SentAt),
            ExpiresAt = DateTimeOffset.FromUnixTimeMilliseconds(ExpiresAt),
            CorrelationId = CorrelationId,
        },
        (int)Attempt, State == (long)EntryState.OpenExact);
}
