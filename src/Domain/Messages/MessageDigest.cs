using System.Buffers;
using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace RooCoord.Domain.Messages;

/// <summary>
/// Fingerprint of everything a sender says in a message but its id, defaults filled in: the first 64 bits of SHA-256.
/// It tells a repeat from another content under the same id of the same user, so chance (2^-64) is all it must withstand.
/// </summary>
public static class MessageDigest
{
    /// <summary>Fingerprint of a message to a target.</summary>
    public static long Of(Message message, Route route, long ttlSeconds)
    {
        var length = message.Body.Length + 3 * (message.Type.Length + (message.CorrelationId?.Length ?? 0)) + 64;
        var devices = route.IsPlain ? route.Steps[0].Target.Devices : [];
        foreach (var device in devices) length += 3 * device.Length + 4;
        var isAll = route.Steps is [{ Target.IsAll: true }];
        var text = route.IsPlain || isAll ? "" : route.ToText();
        length += 3 * text.Length;
        var buffer = ArrayPool<byte>.Shared.Rent(length);
        try
        {
            var rest = buffer.AsSpan();
            var at = 0;
            Append(buffer, ref at, message.Type);
            Append(buffer, ref at, message.CorrelationId ?? "");
            buffer[at++] = (byte)message.Priority;
            buffer[at++] = (byte)message.Receipts;
            buffer[at++] = message.CorrelationId is null ? (byte)0 : (byte)1;
            // 0 and 1 as in 0.1: a repeat is one across an upgrade.
            buffer[at++] = route.IsPlain ? (byte)0 : isAll ? (byte)1 : (byte)2;
            BinaryPrimitives.WriteInt64LittleEndian(rest[at..], ttlSeconds);
            at += 8;
            foreach (var device in devices) Append(buffer, ref at, device);
            if (text.Length > 0) Append(buffer, ref at, text);
            message.Body.Span.CopyTo(rest[at..]);
            at += message.Body.Length;
            Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
            SHA256.HashData(rest[..at], hash);
            return BinaryPrimitives.ReadInt64LittleEndian(hash);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    // Length first, so that no two lists of fields give the same bytes.
    private static void Append(byte[] buffer, ref int at, string text)
    {
        var written = Encoding.UTF8.GetBytes(text, buffer.AsSpan(at + 4));
        BinaryPrimitives.WriteInt32LittleEndian(buffer.AsSpan(at), written);
        at += 4 + written;
    }
}
