namespace RooCoord.Domain.Files;

/// <summary>Lists of entity tags in <c>If-Match</c> and <c>If-None-Match</c> (RFC 9110, sections 8.8.3 and 13.1).</summary>
public static class EntityTags
{
    private const string Weak = "W/";

    /// <summary>Whether a list has a strong tag by strong comparison, or is <c>*</c>. A malformed list has nothing.</summary>
    public static bool HasStrong(string list, string tag) => Has(list, tag, weakToo: false);

    /// <summary>Whether a list has a tag by weak comparison, or is <c>*</c>. A malformed list has nothing.</summary>
    public static bool HasWeak(string list, string tag) => Has(list, tag, weakToo: true);

    private static bool Has(string list, string tag, bool weakToo)
    {
        var rest = list.AsSpan().Trim(" \t");
        if (rest is "*") return true;
        var found = false;
        while (!rest.IsEmpty)
        {
            if (rest[0] is ',' or ' ' or '\t')
            {
                rest = rest[1..];
                continue;
            }
            var isWeak = rest.StartsWith(Weak, StringComparison.Ordinal);
            var opaque = isWeak ? rest[Weak.Length..] : rest;
            var end = opaque.IsEmpty || opaque[0] != '"' ? -1 : opaque[1..].IndexOf('"');
            if (end < 0) return false;
            found |= (weakToo || !isWeak) && opaque[..(end + 2)].SequenceEqual(tag);
            rest = opaque[(end + 2)..].TrimStart(" \t");
            if (!rest.IsEmpty && rest[0] != ',') return false;
        }
        return found;
    }
}
