using Microsoft.AspNetCore.SignalR;

namespace RooCoord.Bench.Backplane.Naive;

/// <summary>What a frame asks for.</summary>
internal enum NaiveKind : byte
{
    /// <summary>Contents for the channel's connections.</summary>
    Message,
    /// <summary>Contents for the connection, whose answer to <c>Id</c> goes to <c>Node</c>.</summary>
    Invocation,
    /// <summary>The connection is to join the group <c>Text</c>.</summary>
    Join,
    /// <summary>The connection is to leave the group <c>Text</c>.</summary>
    Leave,
    /// <summary><c>Id</c> is done.</summary>
    Done,
    /// <summary>The contents complete <c>Id</c>.</summary>
    Result,
}

/// <summary>
/// What travels between nodes, as <see cref="BinaryWriter"/> writes it: kind (1 byte), id, node, text, excluded connections (count,
/// texts), contents (count, each a protocol's name, a length and the bytes).
/// </summary>
internal readonly record struct NaiveFrame(NaiveKind Kind, string Id, string Node, string Text, IReadOnlyList<string> Excluded, IReadOnlyList<SerializedMessage> Contents)
{
    // Kept, so that a frame costs its own bytes alone.
    [ThreadStatic] private static BinaryWriter? _writer;

    public byte[] ToBytes()
    {
        var writer = _writer ??= new BinaryWriter(new MemoryStream());
        var bytes = (MemoryStream)writer.BaseStream;
        bytes.SetLength(0);
        writer.Write((byte)Kind);
        writer.Write(Id);
        writer.Write(Node);
        writer.Write(Text);
        writer.Write(Excluded.Count);
        for (var i = 0; i < Excluded.Count; i++) writer.Write(Excluded[i]);
        writer.Write(Contents.Count);
        for (var i = 0; i < Contents.Count; i++)
        {
            writer.Write(Contents[i].ProtocolName);
            writer.Write(Contents[i].Serialized.Length);
            writer.Write(Contents[i].Serialized.Span);
        }
        writer.Flush();
        return bytes.ToArray();
    }

    /// <summary>The contents are parts of <paramref name="payload"/>, not copies.</summary>
    public static NaiveFrame Read(byte[] payload)
    {
        using var reader = new BinaryReader(new MemoryStream(payload));
        var (kind, id, node, text) = ((NaiveKind)reader.ReadByte(), reader.ReadString(), reader.ReadString(), reader.ReadString());
        var count = reader.ReadInt32();
        var excluded = count == 0 ? [] : new string[count];
        for (var i = 0; i < excluded.Length; i++) excluded[i] = reader.ReadString();
        count = reader.ReadInt32();
        var contents = count == 0 ? [] : new SerializedMessage[count];
        for (var i = 0; i < contents.Length; i++)
        {
            var (protocol, length) = (reader.ReadString(), reader.ReadInt32());
            contents[i] = new(protocol, payload.AsMemory((int)reader.BaseStream.Position, length));
            reader.BaseStream.Position += length;
        }
        return new(kind, id, node, text, excluded, contents);
    }
}
