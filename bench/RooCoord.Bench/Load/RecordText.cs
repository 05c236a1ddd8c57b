using System.Buffers.Text;
using System.Text;

namespace RooCoord.Bench.Load;

/// <summary>Reads the few things the load needs out of a SignalR JSON record, without parsing it.</summary>
internal static class RecordText
{
    public const byte Separator = 0x1E;
    public const int TimeLength = 16;

    /// <summary>First letters of the invocation ids, by which an answer is told from the others.</summary>
    public const char OpenCall = 'o', SendCall = 's', AcknowledgeCall = 'a', StatusCall = 'c';

    public static bool IsHandshakeAnswer(ReadOnlySpan<byte> record) => record.SequenceEqual("{}"u8);

    /// <summary>SignalR's message type, or 0 for what has none.</summary>
    public static int Type(ReadOnlySpan<byte> record) =>
        record.StartsWith("{\"type\":"u8) && record.Length > 8 ? record[8] - '0' : 0;

    public static bool IsMessage(ReadOnlySpan<byte> record) => record.StartsWith("{\"type\":1,\"target\":\"Message\","u8);

    /// <summary>The letter of the call that a completion answers.</summary>
    public static char AnsweredCall(ReadOnlySpan<byte> record)
    {
        var start = "{\"type\":3,\"invocationId\":\""u8;
        return record.StartsWith(start) && record.Length > start.Length ? (char)record[start.Length] : '\0';
    }

    public static bool IsError(ReadOnlySpan<byte> completion) => completion.IndexOf("\"error\":"u8) >= 0;

    public static bool IsFirstResult(ReadOnlySpan<byte> completion) =>
        completion.IndexOf("\"duplicate\":false"u8) >= 0 && completion.IndexOf("\"refused\""u8) < 0;

    public static bool IsDropped(ReadOnlySpan<byte> completion) => completion.IndexOf("\"dropped\""u8) >= 0;

    public static ReadOnlySpan<byte> Id(ReadOnlySpan<byte> record) => After(record, "\"id\":\""u8, MessageId.Length)[..MessageId.Length];

    /// <summary>When the message was meant to be sent.</summary>
    public static long Time(ReadOnlySpan<byte> record) =>
        (long)Hex.Read(After(record, "\"body\":{\"t\":\""u8, TimeLength)[..TimeLength]);

    public static long Seq(ReadOnlySpan<byte> record) =>
        Utf8Parser.TryParse(After(record, "\"seq\":"u8, 1), out long seq, out _) ? seq : throw Unexpected("no seq in", record);

    public static RunFailedException Unexpected(string what, ReadOnlySpan<byte> record) =>
        new($"{what} {Encoding.UTF8.GetString(record[..Math.Min(record.Length, 600)])}");

    private static ReadOnlySpan<byte> After(ReadOnlySpan<byte> record, ReadOnlySpan<byte> name, int atLeast)
    {
        var at = record.IndexOf(name);
        return at >= 0 && at + name.Length + atLeast <= record.Length
            ? record[(at + name.Length)..]
            : throw Unexpected($"no {Encoding.UTF8.GetString(name)} in", record);
    }
}
