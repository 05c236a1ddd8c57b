using System.Text;
using RooCoord.Domain.Messages;

namespace RooCoord.Infrastructure.Sql;

/// <summary>A message as read back.</summary>
internal sealed record MessageRow(
    long MessageKey, long UserKey, string UserId, string Id, string? FromDevice, long? SenderKey,
    string Type, string Body, long Priority, long Receipts, long SentAt, long ExpiresAt, string? CorrelationId)
{
    public const string Columns = """
        m.message_key AS MessageKey, m.user_key AS UserKey, u.id AS UserId, m.id AS Id, d.id AS FromDevice, m.from_device_key AS SenderKey,
        m.type AS Type, m.body AS Body, m.priority AS Priority, m.receipts AS Receipts, m.sent_at AS SentAt, m.expires_at AS ExpiresAt,
        m.correlation_id AS CorrelationId
        """;

    public const string Joins = "JOIN user_account u ON u.user_key = m.user_key LEFT JOIN device d ON d.device_key = m.from_device_key";

    public const string Select = $"SELECT {Columns} FROM message m {Joins}";

    public Message ToMessage() => new()
    {
        Key = MessageKey,
        Id = Id,
        UserKey = UserKey,
        UserId = UserId,
        FromDevice = FromDevice,
        SenderKey = SenderKey,
        Type = Type,
        Body = Encoding.UTF8.GetBytes(Body),
        Priority = (Priority)Priority,
        Receipts = (ReceiptMode)Receipts,
        SentAt = DateTimeOffset.FromUnixTimeMilliseconds(SentAt),
        ExpiresAt = DateTimeOffset.FromUnixTimeMilliseconds(ExpiresAt),
        CorrelationId = CorrelationId,
    };
}
