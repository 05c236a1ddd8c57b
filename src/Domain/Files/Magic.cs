namespace RooCoord.Domain.Files;

/// <summary>
/// Types that show in a file's first bytes: the WHATWG MIME Sniffing standard, sections 6 and 7, and the formats' own specifications.
/// Only the beginning is looked at: what is a good image and, further on, something else as well is an image here.
/// </summary>
internal static class Magic
{
    public const string OpenXml = "application/vnd.openxmlformats-officedocument";
    public const string CompoundFile = "application/x-ole-storage";

    private sealed record Signature(int At, byte[] Bytes, string Type);

    private static readonly Signature[] Signatures =
    [
        new(0, [0x89, .. "PNG\r\n\x1a\n"u8], "image/png"),
        new(0, [0xFF, 0xD8, 0xFF], "image/jpeg"),
        new(0, [.. "GIF87a"u8], "image/gif"),
        new(0, [.. "GIF89a"u8], "image/gif"),
        new(0, [.. "II*\0"u8], "image/tiff"),
        new(0, [.. "MM\0*"u8], "image/tiff"),
        new(0, [.. "8BPS\0\x01"u8], "image/vnd.adobe.photoshop"),
        new(0, [0, 0, 0, 0x0C, .. "JXL \r\n"u8, 0x87, (byte)'\n'], "image/jxl"),
        new(0, [0, 0, 1, 0], "image/x-icon"),
        new(0, [.. "OggS\0"u8], "application/ogg"),
        new(0, [.. "fLaC"u8], "audio/flac"),
        new(0, [.. "ID3"u8], "audio/mpeg"),
        new(0, [.. "MThd\0\0\0\x06"u8], "audio/midi"),
        new(0, [.. "#!AMR"u8], "audio/amr"),
        new(0, [.. "FLV\x01"u8], "video/x-flv"),
        new(0, [0x30, 0x26, 0xB2, 0x75, 0x8E, 0x66, 0xCF, 0x11], "video/x-ms-asf"),
        new(0, [0, 0, 1, 0xBA], "video/mpeg"),
        new(0, [.. "{\\rtf"u8], "application/rtf"),
        new(0, [.. "%!PS-Adobe-"u8], "application/postscript"),
        new(0, [0x1F, 0x8B, 0x08], "application/gzip"),
        new(0, [0xFD, .. "7zXZ\0"u8], "application/x-xz"),
        new(0, [0x28, 0xB5, 0x2F, 0xFD], "application/zstd"),
        new(0, [.. "7z"u8, 0xBC, 0xAF, 0x27, 0x1C], "application/x-7z-compressed"),
        new(0, [.. "Rar!\x1a\x07"u8], "application/vnd.rar"),
        new(0, [.. "MSCF\0\0\0\0"u8], "application/vnd.ms-cab-compressed"),
        new(257, [.. "ustar"u8], "application/x-tar"),
        new(0, [.. "!<arch>\ndebian"u8], "application/vnd.debian.binary-package"),
        new(0, [0xED, 0xAB, 0xEE, 0xDB], "application/x-rpm"),
        new(0, [0xD0, 0xCF, 0x11, 0xE0, 0xA1, 0xB1, 0x1A, 0xE1], CompoundFile),
        new(0, [.. "SQLite format 3\0"u8], "application/vnd.sqlite3"),
        new(0, [0x7F, .. "ELF"u8], "application/x-elf"),
        new(0, [0xCF, 0xFA, 0xED, 0xFE], "application/x-mach-binary"),
        new(0, [0xCE, 0xFA, 0xED, 0xFE], "application/x-mach-binary"),
        new(0, [0xFE, 0xED, 0xFA, 0xCF], "application/x-mach-binary"),
        new(0, [0xFE, 0xED, 0xFA, 0xCE], "application/x-mach-binary"),
        // A Java class, or a Mach-O of several processors: both are code.
        new(0, [0xCA, 0xFE, 0xBA, 0xBE], "application/java-vm"),
        new(0, [.. "\0asm"u8], "application/wasm"),
        new(0, [0x4C, 0, 0, 0, 0x01, 0x14, 0x02, 0], "application/x-ms-shortcut"),
        new(0, [.. "wOF2"u8], "font/woff2"),
        new(0, [.. "wOFF"u8], "font/woff"),
        new(0, [.. "OTTO\0"u8], "font/otf"),
        new(0, [0, 1, 0, 0, 0], "font/ttf"),
        new(0, [.. "#!"u8], "text/x-shellscript"),
    ];

    private static readonly Func<ReadOnlySpan<byte>, string?>[] Formats = [MagicContainers.Riff, MagicContainers.Iso, MagicContainers.Matroska, MagicContainers.Zip, Small, Pdf, MagicMarkup.Detect, MagicAudio.Detect];

    private static readonly HashSet<string> Shown =
    [
        .. Signatures.Select(s => s.Type), .. MagicContainers.Types, .. MagicMarkup.Types, .. MagicAudio.Types,
        "application/pdf", "image/bmp", "application/vnd.microsoft.portable-executable", "application/x-bzip2",
    ];

    /// <summary>What the bytes say, or null.</summary>
    public static string? Detect(ReadOnlySpan<byte> head)
    {
        foreach (var signature in Signatures)
            if (head.Length >= signature.At + signature.Bytes.Length && head[signature.At..].StartsWith(signature.Bytes)) return signature.Type;
        foreach (var format in Formats)
            if (format(head) is { } type) return type;
        return null;
    }

    /// <summary>Whether a file of this type would show it: then a claim without it is wrong.</summary>
    public static bool Shows(string type) => Shown.Contains(type);

    /// <summary>Whether there are none of the standard's binary data bytes; text in UTF-16 says so at its beginning.</summary>
    public static bool IsText(ReadOnlySpan<byte> head)
    {
        if (head.StartsWith((ReadOnlySpan<byte>)[0xFE, 0xFF]) || head.StartsWith((ReadOnlySpan<byte>)[0xFF, 0xFE])) return true;
        foreach (var octet in head)
            if (octet is <= 0x08 or 0x0B or (>= 0x0E and <= 0x1A) or (>= 0x1C and <= 0x1F)) return false;
        return true;
    }

    // Two or three letters also begin texts: something more must hold.
    private static string? Small(ReadOnlySpan<byte> head)
    {
        if (head.StartsWith("BM"u8) && head.Length >= 18 && head[6..10].IndexOfAnyExcept((byte)0) < 0) return "image/bmp";
        if (head.StartsWith("MZ"u8) && !IsText(head)) return "application/vnd.microsoft.portable-executable";
        return head.StartsWith("BZh"u8) && head.Length >= 10 && head[3] is >= (byte)'1' and <= (byte)'9' && head[4..].StartsWith((ReadOnlySpan<byte>)[0x31, 0x41, 0x59, 0x26, 0x53, 0x59]) ? "application/x-bzip2" : null;
    }

    // Readers take it anywhere in the first 1,024 bytes; so what only begins as a text is no text.
    private static string? Pdf(ReadOnlySpan<byte> head) => head[..Math.Min(head.Length, 1024)].IndexOf("%PDF-"u8) >= 0 ? "application/pdf" : null;
}
