using System.Text;
using Microsoft.AspNetCore.SignalR;

namespace RooCoord.Infrastructure.Backplane;

/// <summary>What a frame asks for.</summary>
internal enum FrameKind : byte
{
    /// <summary>Contents for the channel's connections, but for the excluded ones.</summary>
    Message = 1,
    /// <summary>Contents for one connection, which is to answer <c>Id</c>.</summary>
    Invocation = 2,
    /// <summary>The caller of <c>Id</c> no longer waits.</summary>
    Cancel = 3,
    /// <summary>The connection is to join the group <c>Text</c>; <see cref="Done"/> answers <c>Id</c>.</summary>
    Join = 4,
    /// <summary>The connection is to leave the group <c>Text</c>; <see cref="Done"/> answers <c>Id</c>.</summary>
    Leave = 5,
    /// <summary>The sending node holds the connection and has asked it <c>Id</c>.</summary>
    Accepted = 6,
    /// <summary>The sending node has done <c>Id</c>.</summary>
    Done = 7,
    /// <summary>The contents are the completion of <c>Id</c>.</summary>
    Result = 8,
    /// <summary><c>Id</c> will not be answered: the connection has ended.</summary>
    Ended = 9,
    /// <summary>The sending node lives.</summary>
    Pulse = 10,
    /// <summary>The sending node ends.</summary>
    Goodbye = 11,
}

/// <summary>
/// What travels between nodes; the channel says whom it is for. Layout:
/// <code>
/// 1 byte    version, 1
/// 1 byte    kind
/// 16 bytes  the sending node, big-endian GUID
/// text      Id
/// text      Text
/// list of text               excluded connections
/// list of (text, block)      protocol name, the hub message as that protocol frames it
/// </code>
/// A text is a block of UTF-8; a block is its length and its bytes; a list is its count and its items. Lengths and counts are
/// unsigned LEB128. Nothing follows the last item.
/// </summary>
internal readonly record struct BackplaneFrame(FrameKind Kind, Guid Node, string Id = "", string Text = "",
    IReadOnlyList<string>? Excluded = null, IReadOnlyList<SerializedMessage>? Contents = null)
{
    private const byte Version = 1;
    private const int HeaderBytes = 18;
    private static readonly UTF8Encoding Utf8 = new(false, throwOnInvalidBytes: true);

    /// <summary>Whether the node sent it; looks at nothing else.</summary>
    public static bool IsFrom(ReadOnlySpan<byte> payload, Guid node) =>
        payload.Length >= HeaderBytes && new Guid(payload[2..HeaderBytes], bigEndian: true) == node;

    public byte[] ToBytes()
    {
        var (excluded, contents) = (Excluded ?? [], Contents ?? []);
        var size = HeaderBytes + SizeOf(Id) + SizeOf(Text) + SizeOf(excluded.Count) + SizeOf(contents.Count);
        for (var i = 0; i < excluded.Count; i++) size += SizeOf(excluded[i]);
        for (var i = 0; i < contents.Count; i++) size += SizeOf(contents[i].ProtocolName) + SizeOf(contents[i].Serialized.Length) + contents[i].Serialized.Length;

        var bytes = new byte[size];
        (bytes[0], bytes[1]) = (Version, (byte)Kind);
        Node.TryWriteBytes(bytes.AsSpan(2), bigEndian: true, out _);
        var rest = bytes.AsSpan(HeaderBytes);
        Write(ref rest, Id);
        Write(ref rest, Text);
        Write(ref rest, excluded.Count);
        for (var i = 0; i < excluded.Count; i++) Write(ref rest, excluded[i]);
        Write(ref rest, contents.Count);
        for (var i = 0; i < contents.Count; i++)
        {
            Write(ref rest, contents[i].ProtocolName);
            Write(ref rest, contents[i].Serialized.Length);
            contents[i].Serialized.Span.CopyTo(rest);
            rest = rest[contents[i].Serialized.Length..];
        }
        return bytes;
    }

    /// <summary>False: malformed. The contents are parts of <paramref name="payload"/>, not copies.</summary>
    public static bool TryRead(ReadOnlyMemory<byte> payload, out BackplaneFrame frame)
    {
        frame = default;
        if (payload.Length < HeaderBytes || payload.Span[0] != Version || payload.Span[1] is < (byte)FrameKind.Message or > (byte)FrameKind.Goodbye) return false;
        var (kind, node, rest) = ((FrameKind)payload.Span[1], new Guid(payload.Span[2..HeaderBytes], bigEndian: true), payload[HeaderBytes..]);
        if (!TryText(ref rest, out var id) || !TryText(ref rest, out var text) || !TryLength(ref rest, out var excludedCount)) return false;
        var excluded = excludedCount == 0 ? [] : new string[excludedCount];
        for (var i = 0; i < excluded.Length; i++)
            if (!TryText(ref rest, out excluded[i])) return false;
        if (!TryLength(ref rest, out var count)) return false;
        var contents = count == 0 ? [] : new SerializedMessage[count];
        for (var i = 0; i < count; i++)
        {
            if (!TryText(ref rest, out var protocol) || !TryBlock(ref rest, out var bytes)) return false;
            contents[i] = new(protocol, bytes);
        }
        frame = new(kind, node, id, text, excluded, contents);
        return rest.IsEmpty;
    }

    private static int SizeOf(int value)
    {
        var size = 1;
        while ((value >>= 7) > 0) size++;
        return size;
    }

    private static int SizeOf(string text)
    {
        var bytes = Encoding.UTF8.GetByteCount(text);
        return SizeOf(bytes) + bytes;
    }

    private static void Write(ref Span<byte> rest, int value)
    {
        var at = 0;
        for (; value > 0x7f; value >>= 7) rest[at++] = (byte)(value | 0x80);
        rest[at++] = (byte)value;
        rest = rest[at..];
    }

    private static void Write(ref Span<byte> rest, string text)
    {
        Write(ref rest, Encoding.UTF8.GetByteCount(text));
        rest = rest[Encoding.UTF8.GetBytes(text, rest)..];
    }

    // Nothing, be it a byte or an item, is smaller than a byte: a larger number cannot be meant and must not be allocated.
    private static bool TryLength(ref ReadOnlyMemory<byte> rest, out int value)
    {
        value = 0;
        for (int shift = 0, at = 0; shift <= 28 && at < rest.Length; shift += 7)
        {
            var part = rest.Span[at++];
            value |= (part & 0x7f) << shift;
            if (part > 0x7f) continue;
            rest = rest[at..];
            return value >= 0 && value <= rest.Length;
        }
        return false;
    }

    private static bool TryBlock(ref ReadOnlyMemory<byte> rest, out ReadOnlyMemory<byte> block)
    {
        block = default;
        if (!TryLength(ref rest, out var length)) return false;
        (block, rest) = (rest[..length], rest[length..]);
        return true;
    }

    private static bool TryText(ref ReadOnlyMemory<byte> rest, out string text)
    {
        text = "";
        if (!TryBlock(ref rest, out var bytes)) return false;
        if (bytes.Span.SequenceEqual("json"u8)) text = "json";
        else
        {
            try { text = Utf8.GetString(bytes.Span); }
            catch (DecoderFallbackException) { return false; }
        }
        return true;
    }
}
