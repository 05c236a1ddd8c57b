namespace RooCoord.Domain.Files;

/// <summary>MPEG audio without a tag, and AAC: one frame header is eleven bits and proves nothing, two in their distance do.</summary>
internal static class MagicAudio
{
    private const int Header = 4;
    // ISO 11172-3 and 13818-3, kbit/s by index, of layer 3; Hz by index.
    private static readonly int[] Bitrates1 = [0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320];
    private static readonly int[] Bitrates2 = [0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160];
    private static readonly int[] Rates = [44_100, 48_000, 32_000];

    public static IEnumerable<string> Types => ["audio/mpeg", "audio/aac"];

    public static string? Detect(ReadOnlySpan<byte> head)
    {
        if (Mp3Frame(head) is > 0 and var frame && head.Length > frame && Mp3Frame(head[frame..]) > 0) return "audio/mpeg";
        return AacFrame(head) is > 0 and var length && head.Length > length && AacFrame(head[length..]) > 0 ? "audio/aac" : null;
    }

    // Bytes of the layer 3 frame that begins here, or 0.
    private static int Mp3Frame(ReadOnlySpan<byte> at)
    {
        if (at.Length < Header || at[0] != 0xFF || (at[1] & 0xE6) != 0xE2) return 0;
        int version = (at[1] >> 3) & 3, bitrate = at[2] >> 4, rate = (at[2] >> 2) & 3;
        if (version == 1 || bitrate is 0 or 15 || rate == 3) return 0;
        // 3: MPEG 1; 2: MPEG 2, half its rates; 0: MPEG 2.5, a quarter.
        var hertz = Rates[rate] / (version == 3 ? 1 : version == 2 ? 2 : 4);
        return (version == 3 ? 144_000 * Bitrates1[bitrate] : 72_000 * Bitrates2[bitrate]) / hertz + ((at[2] >> 1) & 1);
    }

    // Bytes of the ADTS frame that begins here, or 0.
    private static int AacFrame(ReadOnlySpan<byte> at)
    {
        if (at.Length < 7 || at[0] != 0xFF || (at[1] & 0xF6) != 0xF0 || ((at[2] >> 2) & 15) > 12) return 0;
        var length = ((at[3] & 3) << 11) | (at[4] << 3) | (at[5] >> 5);
        return length > 7 ? length : 0;
    }
}
