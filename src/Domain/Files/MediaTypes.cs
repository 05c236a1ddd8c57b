using System.Text;

namespace RooCoord.Domain.Files;

/// <summary>
/// What a file is, by its first bytes. Signatures: the WHATWG MIME Sniffing standard, sections 6 and 7, and the formats' own
/// specifications. What the bytes do not tell is taken from the client, unless it claims a type that its bytes would show.
/// </summary>
public static class MediaTypes
{
    /// <summary>Bytes that are enough to tell.</summary>
    public const int HeadBytes = 560;

    /// <summary>Of anything.</summary>
    public const string Unknown = "application/octet-stream";

    private sealed record Signature(int At, byte[] Bytes, string Type);

    private static readonly Signature[] Signatures =
    [
        new(0, [0x89, .. "PNG\r\n\x1a\n"u8], "image/png"),
        new(0, [0xFF, 0xD8, 0xFF], "image/jpeg"),
        new(0, [.. "GIF87a"u8], "image/gif"),
        new(0, [.. "GIF89a"u8], "image/gif"),
        new(8, [.. "WEBPVP"u8], "image/webp"),
        new(4, [.. "ftypavif"u8], "image/avif"),
        new(4, [.. "ftypheic"u8], "image/heic"),
        new(0, [.. "BM"u8], "image/bmp"),
        new(0, [.. "II*\0"u8], "image/tiff"),
        new(0, [.. "MM\0*"u8], "image/tiff"),
        new(4, [.. "ftyp"u8], "video/mp4"),
        new(0, [0x1A, 0x45, 0xDF, 0xA3], "video/webm"),
        new(8, [.. "AVI "u8], "video/x-msvideo"),
        new(8, [.. "WAVE"u8], "audio/wav"),
        new(0, [.. "OggS\0"u8], "application/ogg"),
        new(0, [.. "fLaC"u8], "audio/flac"),
        new(0, [.. "ID3"u8], "audio/mpeg"),
        new(0, [.. "%PDF-"u8], "application/pdf"),
        new(0, [.. "PK\x03\x04"u8], "application/zip"),
        new(0, [.. "PK\x05\x06"u8], "application/zip"),
        new(0, [0x1F, 0x8B, 0x08], "application/gzip"),
        new(0, [.. "BZh"u8], "application/x-bzip2"),
        new(0, [0xFD, .. "7zXZ\0"u8], "application/x-xz"),
        new(0, [0x28, 0xB5, 0x2F, 0xFD], "application/zstd"),
        new(0, [.. "7z"u8, 0xBC, 0xAF, 0x27, 0x1C], "application/x-7z-compressed"),
        new(0, [.. "Rar!\x1a\x07"u8], "application/vnd.rar"),
        new(257, [.. "ustar"u8], "application/x-tar"),
        new(0, [0x7F, .. "ELF"u8], "application/x-elf"),
        new(0, [.. "MZ"u8], "application/vnd.microsoft.portable-executable"),
        new(0, [0xCF, 0xFA, 0xED, 0xFE], "application/x-mach-binary"),
        new(0, [.. "\0asm"u8], "application/wasm"),
        new(0, [.. "wOF2"u8], "font/woff2"),
    ];

    private static readonly HashSet<string> Detectable = [.. Signatures.Select(s => s.Type)];

    // Formats that are a container of another: the claim says more than the bytes, and is believed within it.
    private static readonly Dictionary<string, string[]> Within = new()
    {
        ["application/zip"] = ["application/vnd.openxmlformats-officedocument.", "application/vnd.oasis.opendocument.", "application/epub+zip", "application/java-archive", "application/vnd.android.package-archive"],
        ["video/mp4"] = ["audio/mp4", "video/quicktime", "audio/x-m4a", "video/x-m4v"],
        ["video/webm"] = ["audio/webm", "video/x-matroska", "audio/x-matroska"],
        ["application/ogg"] = ["audio/ogg", "video/ogg", "audio/opus"],
    };

    private static readonly Encoding StrictUtf8 = new UTF8Encoding(false, throwOnInvalidBytes: true);

    /// <summary>The media type, lower case, without parameters.</summary>
    public static string Of(ReadOnlySpan<byte> head, string? claimed, string fileName)
    {
        var claim = Normal(claimed);
        if (Detect(head) is { } detected)
            return claim is not null && Within.TryGetValue(detected, out var forms) && forms.Any(f => claim.StartsWith(f, StringComparison.Ordinal)) ? claim : detected;
        if (claim is not null && !Detectable.Contains(claim) && claim != Unknown) return claim;
        return IsText(head) && fileName.EndsWith(".txt", StringComparison.OrdinalIgnoreCase) ? "text/plain" : Unknown;
    }

    /// <summary>What the bytes say, or null.</summary>
    public static string? Detect(ReadOnlySpan<byte> head)
    {
        foreach (var signature in Signatures)
            if (head.Length >= signature.At + signature.Bytes.Length && head[signature.At..].StartsWith(signature.Bytes)) return signature.Type;
        var text = head.StartsWith("\xEF\xBB\xBF"u8) ? head[3..] : head;
        var start = text.TrimStart(" \t\r\n\f"u8);
        if (IsTag(start, "<!doctype html") || IsTag(start, "<html") || IsTag(start, "<script") || IsTag(start, "<head") || IsTag(start, "<body")) return "text/html";
        if (IsTag(start, "<svg")) return "image/svg+xml";
        return null;
    }

    /// <summary>Whether patterns (<c>image/png</c>, <c>image/*</c>, comma separated) let a type in: among the allowed, if any are named, and not among the denied.</summary>
    public static bool IsTaken(string type, string allowed, string denied) =>
        (string.IsNullOrWhiteSpace(allowed) || Matches(type, allowed)) && !Matches(type, denied);

    /// <summary>Types a browser shows without running anything of theirs.</summary>
    public static bool IsSafeInline(string type) =>
        type is "image/png" or "image/jpeg" or "image/gif" or "image/webp" or "image/avif" or "image/bmp" or "text/plain" or "application/ogg"
        || type.StartsWith("audio/", StringComparison.Ordinal) || type.StartsWith("video/", StringComparison.Ordinal);

    private static bool Matches(string type, string patterns) =>
        patterns.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries).Any(pattern =>
            pattern == "*/*" || (pattern.EndsWith("/*", StringComparison.Ordinal)
                ? type.StartsWith(pattern[..^1], StringComparison.OrdinalIgnoreCase)
                : type.Equals(pattern, StringComparison.OrdinalIgnoreCase)));

    private static string? Normal(string? claimed)
    {
        var type = claimed?.Split(';')[0].Trim().ToLowerInvariant();
        return type is { Length: > 2 and <= 127 } && type.Count('/') == 1 && type[0] != '/' && type[^1] != '/'
            && type.All(c => c is >= 'a' and <= 'z' or >= '0' and <= '9' or '/' or '+' or '-' or '.' or '_') ? type : null;
    }

    private static bool IsTag(ReadOnlySpan<byte> text, string tag) =>
        text.Length > tag.Length && Ascii.EqualsIgnoreCase(text[..tag.Length], tag) && text[tag.Length] is (byte)' ' or (byte)'>' or (byte)'\t' or (byte)'\r' or (byte)'\n';

    private static bool IsText(ReadOnlySpan<byte> head)
    {
        if (head.Contains((byte)0)) return false;
        try
        {
            // A character may be cut at the end of the head.
            StrictUtf8.GetDecoder().GetCharCount(head, flush: false);
            return true;
        }
        catch (DecoderFallbackException)
        {
            return false;
        }
    }
}
