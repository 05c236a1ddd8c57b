namespace RooCoord.Bench.Load;

/// <summary>
/// Laid out as a UUIDv7 in hexadecimal: milliseconds, version, low counter, variant, pair, counter. Ordered by time like the
/// ids that the SDKs make, so that a database's index on them is appended to; the counter tells which message it was.
/// </summary>
internal static class MessageId
{
    public const int Length = 32;
    public const int CounterLength = 12;

    private const int MillisecondsLength = 12;
    private const int LowCounterAt = 13;
    private const int PairAt = 17;
    private const int CounterAt = 20;

    public static void Prepare(Span<byte> id, int pair)
    {
        id[MillisecondsLength] = (byte)'7';
        id[PairAt - 1] = (byte)'8';
        Hex.Write(id[PairAt..CounterAt], (ulong)pair);
    }

    public static void Patch(Span<byte> id, long counter, long unixMilliseconds)
    {
        Hex.Write(id[..MillisecondsLength], (ulong)unixMilliseconds);
        Hex.Write(id[LowCounterAt..(PairAt - 1)], (ulong)counter);
        Hex.Write(id[CounterAt..Length], (ulong)counter);
    }

    public static int Pair(ReadOnlySpan<byte> id) => (int)Hex.Read(id[PairAt..CounterAt]);

    public static long Counter(ReadOnlySpan<byte> id) => (long)Hex.Read(id[CounterAt..Length]);
}
