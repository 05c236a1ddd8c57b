using System.Text;

namespace RooCoord.Bench.Load;

/// <summary>
/// A pair's <c>Send</c>, encoded once. Only the invocation's number, the id and the time are patched for each message:
/// encoding JSON anew would cost the generator more than all its other work.
/// </summary>
internal sealed class MessageFrame
{
    /// <summary>The id has three hexadecimal digits for the pair.</summary>
    public const int MaxPairs = 4096;

    /// <summary>The time, and an empty filling.</summary>
    public const int MinBody = 31;

    private static readonly string IdMark = new('#', MessageId.Length);
    private static readonly string InvocationMark = new('~', MessageId.CounterLength);
    private static readonly string TimeMark = new('@', RecordText.TimeLength);

    private readonly byte[] _frame;
    private readonly int _id;
    private readonly int _time;
    private readonly int _invocation;

    private MessageFrame(int pair, string arguments, bool answered)
    {
        var invocation = answered ? $"\"invocationId\":\"{RecordText.SendCall}{InvocationMark}\"," : "";
        _frame = ClientFrame.Encode($$"""{"type":1,{{invocation}}"target":"Send","arguments":[{{arguments}}]}""");
        _id = Find(IdMark);
        _time = Find(TimeMark);
        _invocation = answered ? Find(InvocationMark) : -1;
        MessageId.Prepare(_frame.AsSpan(_id, MessageId.Length), pair);
    }

    /// <summary>Bytes on the wire.</summary>
    public int Length => _frame.Length;

    /// <summary><c>Send(to, envelope)</c>, answered by nothing.</summary>
    public static MessageFrame ForBareHub(int pair, string receiver, int body) =>
        new(pair, $$"""
            "{{receiver}}",{"id":"{{IdMark}}","type":"bench.relay","body":{{Body(body)}}}
            """, answered: false);

    /// <summary><c>Send(message)</c> as in PROTOCOL.md, with an invocation id, so that it is confirmed.</summary>
    public static MessageFrame ForRooCoord(int pair, string receiver, int body, bool durable) =>
        new(pair, $$"""
            {"id":"{{IdMark}}","to":{"device":"{{receiver}}"},"type":"bench.relay","body":{{Body(body)}}{{(durable ? "" : ",\"durability\":\"ephemeral\"")}}}
            """, answered: true);

    /// <summary>Writes the message numbered <paramref name="counter"/>, said to be sent at <paramref name="time"/>.</summary>
    public void Write(Span<byte> destination, long counter, long unixMilliseconds, long time)
    {
        _frame.CopyTo(destination);
        MessageId.Patch(destination.Slice(_id, MessageId.Length), counter, unixMilliseconds);
        Hex.Write(destination.Slice(_time, RecordText.TimeLength), (ulong)time);
        if (_invocation >= 0) Hex.Write(destination.Slice(_invocation, MessageId.CounterLength), (ulong)counter);
    }

    private static string Body(int bytes) => $$"""{"t":"{{TimeMark}}","p":"{{new string('x', bytes - MinBody)}}"}""";

    private int Find(string mark) => _frame.AsSpan().IndexOf(Encoding.ASCII.GetBytes(mark));
}
