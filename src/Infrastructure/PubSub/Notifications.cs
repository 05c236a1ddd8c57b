using System.Buffers.Binary;
using System.Globalization;
using System.Text;

namespace RooCoord.Infrastructure.PubSub;

/// <summary>
/// Messages as PostgreSQL's notifications, texts below 8,000 bytes: a number that makes it unlike all others of its transaction (of
/// equal ones only one is delivered); <c>.</c> for a whole message, <c>(</c>, <c>-</c>, <c>)</c> for the first, a middle, the last of
/// several parts; and that part of the Base64 of the length of the channel's name (4 bytes, little endian), the name, and the payload.
/// </summary>
internal static class Notifications
{
    private const int MaxPart = 7_900;

    /// <summary>The notifications of one transaction: those of a message follow each other.</summary>
    public static IEnumerable<string> Of(IEnumerable<(string Channel, byte[] Payload)> messages)
    {
        var number = 0;
        foreach (var (channel, payload) in messages)
        {
            var name = Encoding.UTF8.GetBytes(channel);
            var bytes = new byte[sizeof(int) + name.Length + payload.Length];
            BinaryPrimitives.WriteInt32LittleEndian(bytes, name.Length);
            name.CopyTo(bytes, sizeof(int));
            payload.CopyTo(bytes, sizeof(int) + name.Length);
            var text = Convert.ToBase64String(bytes);
            for (var at = 0; at < text.Length; at += MaxPart)
            {
                var part = text.AsSpan(at, Math.Min(MaxPart, text.Length - at));
                var (isFirst, isLast) = (at == 0, at + part.Length == text.Length);
                var mark = isFirst ? isLast ? '.' : '(' : isLast ? ')' : '-';
                yield return string.Create(CultureInfo.InvariantCulture, $"{number++}{mark}{part}");
            }
        }
    }
}

/// <summary>Puts the messages of one listening connection together again: transactions arrive whole, one after the other.</summary>
internal sealed class NotificationReader
{
    // Four times what the inbox holds: nothing of ours.
    private const int MaxLength = 256 * 1024 * 1024;

    private readonly StringBuilder _parts = new();

    /// <summary>A message that is complete with this notification, or null. What is none of <see cref="Notifications"/> is passed over.</summary>
    public (string Channel, byte[] Payload)? Read(string notification)
    {
        var at = notification.AsSpan().IndexOfAnyExceptInRange('0', '9');
        if (at <= 0) return null;
        var mark = notification[at];
        var part = notification.AsSpan(at + 1);
        switch (mark)
        {
            case '.':
                return Split(part.ToString());
            case '(':
                _parts.Clear();
                break;
            case '-' or ')' when _parts.Length > 0:
                break;
            default:
                return null;
        }
        if (_parts.Length + part.Length > MaxLength)
        {
            _parts.Clear();
            return null;
        }
        _parts.Append(part);
        if (mark != ')') return null;
        var text = _parts.ToString();
        _parts.Clear();
        return Split(text);
    }

    private static (string, byte[])? Split(string text)
    {
        var buffer = new byte[text.Length];
        if (!Convert.TryFromBase64String(text, buffer, out var length) || length < sizeof(int)) return null;
        var (name, rest) = (BinaryPrimitives.ReadInt32LittleEndian(buffer), length - sizeof(int));
        if (name < 0 || name > rest) return null;
        return (Encoding.UTF8.GetString(buffer, sizeof(int), name), buffer[(sizeof(int) + name)..length]);
    }
}
