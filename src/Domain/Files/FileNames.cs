using System.Globalization;
using System.Text;

namespace RooCoord.Domain.Files;

/// <summary>Names of files: shown, and put into <c>Content-Disposition</c>; never a path on this machine.</summary>
public static class FileNames
{
    /// <summary>Characters of a name.</summary>
    public const int MaxLength = 255;

    /// <summary>The name of what came without one.</summary>
    public const string Unnamed = "unnamed";

    /// <summary>
    /// What a client called a file, without folders (<c>/</c> and <c>\</c>), control characters, what turns the reading direction, lone
    /// surrogates, the characters and names that other systems refuse, and dots and white space at its ends; cut to
    /// <see cref="MaxLength"/> with its extension kept.
    /// </summary>
    public static string Safe(string? name)
    {
        if (name is null) return Unnamed;
        var last = name[(name.AsSpan().LastIndexOfAny('/', '\\') + 1)..];
        var safe = new StringBuilder(Math.Min(last.Length, MaxLength));
        foreach (var rune in last.EnumerateRunes())
        {
            if (rune == Rune.ReplacementChar || Rune.IsControl(rune) || IsInvisible(rune)) continue;
            safe.Append(rune.Value is '<' or '>' or ':' or '"' or '|' or '?' or '*' ? "_" : rune.ToString());
        }
        var trimmed = Trim(safe.ToString());
        if (trimmed.Length == 0) return Unnamed;
        return Cut(IsDevice(trimmed) ? "_" + trimmed : trimmed);
    }

    /// <summary>Throws unless the name is one that <see cref="Safe"/> would leave as it is.</summary>
    public static string Require(string? name)
    {
        Text.Require(name, "name", 1, MaxLength);
        return Safe(name) == name ? name! : throw Fault.Invalid("`name` must not have folders, reserved characters, or dots and spaces at its ends");
    }

    // Characters that turn the reading direction make "gpj.exe" look like "exe.jpg". Joiners belong to how some languages and emoji are written.
    private static bool IsInvisible(Rune rune) => rune.Value is not (0x200C or 0x200D)
        && Rune.GetUnicodeCategory(rune) is UnicodeCategory.Format or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator;

    private static string Trim(string name)
    {
        var (start, end) = (0, name.Length);
        while (start < end && IsTrimmed(name[start])) start++;
        while (end > start && IsTrimmed(name[end - 1])) end--;
        return name[start..end];
    }

    private static bool IsTrimmed(char c) => c is '.' or '\u200C' or '\u200D' || char.IsWhiteSpace(c);

    // Windows opens a device under these names, whatever the extension.
    private static bool IsDevice(string name)
    {
        var stem = Trim(name.Split('.')[0]);
        return stem.ToUpperInvariant() is "CON" or "PRN" or "AUX" or "NUL" or "CONIN$" or "CONOUT$"
            || (stem.Length == 4 && stem[3] is (>= '1' and <= '9') or '¹' or '²' or '³' && (stem.StartsWith("COM", StringComparison.OrdinalIgnoreCase) || stem.StartsWith("LPT", StringComparison.OrdinalIgnoreCase)));
    }

    private static string Cut(string name)
    {
        if (name.Length <= MaxLength) return name;
        var dot = name.LastIndexOf('.');
        var extension = dot > 0 && name.Length - dot <= 32 ? name[dot..] : "";
        var end = MaxLength - extension.Length;
        if (char.IsHighSurrogate(name[end - 1])) end--;
        return Trim(name[..end]) + extension;
    }
}

/// <summary>Tags of a file: at most 32, each of 1..64 characters without commas, each once.</summary>
public static class FileTags
{
    /// <summary>Most tags of a file.</summary>
    public const int MaxTags = 32;

    /// <summary>Reads comma separated tags; throws <see cref="FaultCode.Invalid"/>.</summary>
    public static IReadOnlyList<string> Parse(string? text) => text is null
        ? []
        : Require(text.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries));

    /// <summary>Returns the tags, each once; throws <see cref="FaultCode.Invalid"/>.</summary>
    public static IReadOnlyList<string> Require(IEnumerable<string?> tags)
    {
        string[] kept = [.. tags.Select(t => Text.Require(t?.Trim(), "tags", 1, 64)).Distinct(StringComparer.Ordinal)];
        if (kept.Length > MaxTags) throw Fault.Invalid($"a file has at most {MaxTags} tags");
        return kept.Any(t => t.Contains(',', StringComparison.Ordinal)) ? throw Fault.Invalid("a tag has no comma") : kept;
    }
}
