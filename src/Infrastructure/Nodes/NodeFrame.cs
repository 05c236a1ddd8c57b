using System.Text;

namespace RooCoord.Infrastructure.Nodes;

/// <summary>
/// What travels between nodes, little-endian: version (1 byte), kind (1), sending node (8), its count of frames to this receiver (8),
/// id of the question (8; 0: none), then, by kind, a message (<see cref="NodeMessageFormat"/>), an answer's bytes, or a fault's code
/// (4) and text (UTF-8).
/// </summary>
internal readonly record struct NodeFrame(NodeFrameKind Kind, long From, long Count, long Question, ReadOnlyMemory<byte> Content)
{
    private const byte Version = 1;
    private const int HeaderBytes = 26;
    private const int KeptBytes = 1024 * 1024;

    // Kept by the thread: a frame of hundreds of entries would grow its buffer anew each time, through the large object heap.
    [ThreadStatic]
    private static BinaryWriter? _writer;

    public static byte[] Write(NodeFrameKind kind, long from, long count, long question, Action<BinaryWriter> content)
    {
        var writer = _writer ??= new(new MemoryStream(), Encoding.UTF8);
        var stream = (MemoryStream)writer.BaseStream;
        stream.SetLength(0);
        writer.Write(Version);
        writer.Write((byte)kind);
        writer.Write(from);
        writer.Write(count);
        writer.Write(question);
        content(writer);
        if (stream.Capacity > KeptBytes) _writer = null;
        return stream.ToArray();
    }

    /// <exception cref="InvalidDataException">It is none, or a later version's.</exception>
    public static NodeFrame Read(byte[] bytes)
    {
        if (bytes.Length < HeaderBytes || bytes[0] != Version) throw new InvalidDataException("a frame between nodes was not understood");
        var header = bytes.AsSpan();
        return new(
            (NodeFrameKind)bytes[1], BitConverter.ToInt64(header[2..]), BitConverter.ToInt64(header[10..]), BitConverter.ToInt64(header[18..]), bytes.AsMemory(HeaderBytes));
    }
}

/// <summary>What a frame is.</summary>
internal enum NodeFrameKind : byte
{
    /// <summary>A message.</summary>
    Message = 1,
    /// <summary>A message that wants an answer.</summary>
    Question = 2,
    /// <summary>An answer.</summary>
    Answer = 3,
    /// <summary>The fault that is the answer.</summary>
    Fault = 4,
    /// <summary>Nobody waits for the answer any more.</summary>
    Cancel = 5,
}
