using System.Buffers.Binary;
using System.Globalization;
using System.Text;

namespace RooCoord.Bench.Load;

/// <summary>
/// Client-to-server WebSocket frames. RFC 6455 asks for a mask; the key 0 is a mask that leaves the bytes as they are, so a
/// frame can be encoded once and patched.
/// </summary>
internal static class ClientFrame
{
    private const byte FinalText = 0x81;
    private const byte FinalPong = 0x8A;
    private const byte Masked = 0x80;
    private const int MaskLength = 4;

    /// <summary>SignalR's handshake: the first record of a connection.</summary>
    public static byte[] Handshake { get; } = Encode("""{"protocol":"json","version":1}""");

    /// <summary>SignalR's own ping, without which a server closes a connection after 30 s.</summary>
    public static byte[] Ping { get; } = Encode("""{"type":6}""");

    /// <summary>An invocation that wants an answer.</summary>
    public static byte[] Call(string invocationId, string target, string arguments) =>
        Encode($$"""{"type":1,"invocationId":"{{invocationId}}","target":"{{target}}","arguments":[{{arguments}}]}""");

    /// <summary>An acknowledgement of <paramref name="seq"/> that wants an answer.</summary>
    public static byte[] Acknowledge(long number, long seq) =>
        Call(string.Create(CultureInfo.InvariantCulture, $"{RecordText.AcknowledgeCall}{number}"), "Acknowledge", seq.ToString(CultureInfo.InvariantCulture));

    /// <summary>One SignalR record in one frame.</summary>
    public static byte[] Encode(string record) => Encode(FinalText, [.. Encoding.UTF8.GetBytes(record), RecordText.Separator]);

    /// <summary>The answer to a WebSocket ping.</summary>
    public static byte[] Pong(ReadOnlySpan<byte> payload) => Encode(FinalPong, payload);

    private static byte[] Encode(byte opcode, ReadOnlySpan<byte> payload)
    {
        var extended = payload.Length switch { < 126 => 0, <= ushort.MaxValue => 2, _ => 8 };
        var frame = new byte[2 + extended + MaskLength + payload.Length];
        frame[0] = opcode;
        frame[1] = (byte)(Masked | extended switch { 0 => payload.Length, 2 => 126, _ => 127 });
        if (extended == 2) BinaryPrimitives.WriteUInt16BigEndian(frame.AsSpan(2), (ushort)payload.Length);
        if (extended == 8) BinaryPrimitives.WriteUInt64BigEndian(frame.AsSpan(2), (ulong)payload.Length);
        payload.CopyTo(frame.AsSpan(2 + extended + MaskLength));
        return frame;
    }
}
