namespace RooCoord.Domain.Files;

/// <summary>
/// What a file is, by its first bytes (<see cref="Magic"/>). What they do not tell is taken from the client, unless it claims a type
/// that its bytes would show.
/// </summary>
public static class MediaTypes
{
    /// <summary>Bytes that are enough to tell.</summary>
    public const int HeadBytes = 4096;

    /// <summary>Of anything.</summary>
    public const string Unknown = "application/octet-stream";

    // Formats that are a container of others whose bytes do not tell which: the claim says more, and is believed within it.
    private static readonly Dictionary<string, string[]> Within = new()
    {
        [Magic.OpenXml] = ["application/vnd.openxmlformats-officedocument.", "application/vnd.ms-word.", "application/vnd.ms-excel.", "application/vnd.ms-powerpoint."],
        [Magic.CompoundFile] = ["application/msword", "application/vnd.ms-excel", "application/vnd.ms-powerpoint", "application/vnd.ms-outlook", "application/vnd.visio"],
        ["application/ogg"] = ["audio/ogg", "video/ogg", "audio/opus"],
        ["video/mp4"] = ["audio/mp4", "audio/x-m4a", "video/x-m4v"],
        ["video/webm"] = ["audio/webm"],
        ["video/x-matroska"] = ["audio/x-matroska"],
        ["text/xml"] = ["application/xml", "application/rss+xml", "application/atom+xml", "application/gpx+xml", "application/vnd.google-earth.kml+xml"],
        ["text/x-shellscript"] = ["application/x-sh", "text/x-python", "text/x-perl"],
    };

    /// <summary>The media type, lower case, without parameters.</summary>
    public static string Of(ReadOnlySpan<byte> head, string? claimed, string fileName)
    {
        var claim = Normal(claimed);
        if (Magic.Detect(head) is { } detected)
            return claim is not null && Within.TryGetValue(detected, out var forms) && forms.Any(f => claim.StartsWith(f, StringComparison.Ordinal)) ? claim : detected;
        var isText = Magic.IsText(head);
        if (claim is not null && claim != Unknown && !Magic.Shows(claim) && !IsWithin(claim) && (isText || !claim.StartsWith("text/", StringComparison.Ordinal))) return claim;
        return isText && fileName.EndsWith(".txt", StringComparison.OrdinalIgnoreCase) ? "text/plain" : Unknown;
    }

    /// <summary>Whether patterns (<c>image/png</c>, <c>image/*</c>, comma separated) let a type in: among the allowed, if any are named, and not among the denied.</summary>
    public static bool IsTaken(string type, string allowed, string denied) =>
        (string.IsNullOrWhiteSpace(allowed) || Matches(type, allowed)) && !Matches(type, denied);

    /// <summary>The same for a file by what its bytes say and what it passes for: denied as either, it is not taken.</summary>
    public static bool IsTaken(ReadOnlySpan<byte> head, string type, string allowed, string denied) =>
        IsTaken(type, allowed, denied) && (Magic.Detect(head) is not { } detected || !Matches(detected, denied));

    /// <summary>What is wrong with a list of patterns, or null.</summary>
    public static string? Problem(string patterns) => Patterns(patterns)
        .FirstOrDefault(p => p != "*/*" && Normal(p.EndsWith("/*", StringComparison.Ordinal) ? p[..^1] + "any" : p) is null);

    /// <summary>Types a browser shows without running anything of theirs.</summary>
    public static bool IsSafeInline(string type) =>
        type is "image/png" or "image/jpeg" or "image/gif" or "image/webp" or "image/avif" or "image/bmp" or "text/plain" or "application/ogg"
        || type.StartsWith("audio/", StringComparison.Ordinal) || type.StartsWith("video/", StringComparison.Ordinal);

    private static bool IsWithin(string claim) => Within.Any(w => !w.Key.StartsWith("text/", StringComparison.Ordinal) && w.Value.Any(f => claim.StartsWith(f, StringComparison.Ordinal)));

    private static string[] Patterns(string patterns) => patterns.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);

    private static bool Matches(string type, string patterns) => Patterns(patterns).Any(pattern =>
        pattern == "*/*" || (pattern.EndsWith("/*", StringComparison.Ordinal)
            ? type.StartsWith(pattern[..^1], StringComparison.OrdinalIgnoreCase)
            : type.Equals(pattern, StringComparison.OrdinalIgnoreCase)));

    private static string? Normal(string? claimed)
    {
        var type = claimed?.Split(';')[0].Trim().ToLowerInvariant();
        return type is { Length: > 2 and <= 127 } && type.Count('/') == 1 && type[0] != '/' && type[^1] != '/'
            && type.All(c => c is >= 'a' and <= 'z' or >= '0' and <= '9' or '/' or '+' or '-' or '.' or '_') ? type : null;
    }
}
