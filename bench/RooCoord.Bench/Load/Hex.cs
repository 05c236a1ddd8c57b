namespace RooCoord.Bench.Load;

/// <summary>Lower-case hexadecimal of a fixed width.</summary>
internal static class Hex
{
    private static ReadOnlySpan<byte> Digits => "0123456789abcdef"u8;

    /// <summary>The lowest digits of <paramref name="value"/> that fit.</summary>
    public static void Write(Span<byte> destination, ulong value)
    {
        for (var i = destination.Length - 1; i >= 0; i--, value >>= 4) destination[i] = Digits[(int)(value & 15)];
    }

    public static ulong Read(ReadOnlySpan<byte> digits)
    {
        ulong value = 0;
        foreach (var digit in digits)
        {
            var nibble = digit is >= (byte)'0' and <= (byte)'9' ? digit - '0' : digit - 'a' + 10;
            if (nibble is < 0 or > 15) throw new RunFailedException("an id or a time came back changed");
            value = (value << 4) | (uint)nibble;
        }

        return value;
    }
}
