using System.Globalization;

namespace RooCoord.Domain.Files;

/// <summary>A stretch of bytes.</summary>
/// <param name="Start">Its first byte.</param>
/// <param name="Length">How many, at least 1.</param>
public readonly record struct ByteRange(long Start, long Length)
{
    /// <summary>Just behind its last byte.</summary>
    public long End => Start + Length;

    /// <summary>The last byte, as <c>Content-Range</c> names it.</summary>
    public long Last => End - 1;
}

/// <summary>The header <c>Range</c> (RFC 9110, section 14).</summary>
public static class ByteRanges
{
    /// <summary>More separate ranges than this are answered with the whole (section 14.2 allows it): each costs a header of its own and a seek.</summary>
    public const int MaxParts = 32;

    private const string Unit = "bytes=";

    /// <summary>
    /// The ranges asked for, overlapping and adjacent ones made one, so that no byte is sent twice; in the client's order, unless some
    /// were made one. Null: the header is to be ignored (another unit, malformed, too many). Empty: none of them exists.
    /// </summary>
    public static IReadOnlyList<ByteRange>? Parse(string? header, long size)
    {
        if (header is null || !header.StartsWith(Unit, StringComparison.OrdinalIgnoreCase)) return null;
        var ranges = new List<ByteRange>();
        var named = false;
        foreach (var part in header.AsSpan(Unit.Length).Split(','))
        {
            var text = header.AsSpan(Unit.Length)[part].Trim(" \t");
            // Lists may have empty elements (section 5.6.1).
            if (text.IsEmpty) continue;
            named = true;
            if (!TryParse(text, size, out var range)) return null;
            if (range.Length > 0) ranges.Add(range);
        }
        // An empty file has bytes to a suffix, but no range that Content-Range could name.
        if (!named || (size == 0 && IsSuffix(header))) return null;
        var distinct = Merged(ranges);
        return distinct.Count > MaxParts ? null : distinct;
    }

    // Length 0: well-formed, but beyond the end.
    private static bool TryParse(ReadOnlySpan<char> text, long size, out ByteRange range)
    {
        range = default;
        var dash = text.IndexOf('-');
        if (dash < 0) return false;
        var before = text[..dash];
        var after = text[(dash + 1)..];
        if (before.IsEmpty)
        {
            if (!TryNumber(after, out var suffix)) return false;
            var length = Math.Min(suffix, size);
            range = new(size - length, length);
            return true;
        }
        var last = long.MaxValue;
        if (!TryNumber(before, out var first) || (!after.IsEmpty && !TryNumber(after, out last)) || last < first) return false;
        if (first < size) range = new(first, Math.Min(last, size - 1) - first + 1);
        return true;
    }

    // Numbers of any length are well-formed.
    private static bool TryNumber(ReadOnlySpan<char> text, out long number)
    {
        number = long.MaxValue;
        if (text.IsEmpty || text.ContainsAnyExceptInRange('0', '9')) return false;
        if (long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var read)) number = read;
        return true;
    }

    private static bool IsSuffix(string header) =>
        header[Unit.Length..].Split(',', StringSplitOptions.TrimEntries).Any(p => p.StartsWith('-') && p.AsSpan(1).ContainsAnyInRange('1', '9'));

    private static List<ByteRange> Merged(List<ByteRange> ranges)
    {
        var merged = new List<ByteRange>();
        foreach (var range in ranges.OrderBy(r => r.Start))
        {
            if (merged.Count > 0 && range.Start <= merged[^1].End)
                merged[^1] = merged[^1] with { Length = Math.Max(merged[^1].End, range.End) - merged[^1].Start };
            else merged.Add(range);
        }
        return merged.Count == ranges.Count ? ranges : merged;
    }
}
