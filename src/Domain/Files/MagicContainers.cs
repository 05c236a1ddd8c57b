using System.Buffers.Binary;
using System.Text;

namespace RooCoord.Domain.Files;

/// <summary>Formats whose first bytes say only what they are packed in, and the next ones what is in it.</summary>
internal static class MagicContainers
{
    private const string EpubPrefix = "application/epub+zip", OpenDocumentPrefix = "application/vnd.oasis.opendocument.";
    // Of a local file header: name after 30 bytes, an uncompressed first entry's content right behind it.
    private const int ZipHeader = 30;
    private const int MaxMimeType = 80;

    public static IEnumerable<string> Types =>
    [
        "image/webp", "audio/wav", "video/x-msvideo", "image/avif", "image/heic", "image/heif", "video/mp4", "audio/mp4", "video/quicktime", "video/3gpp",
        "video/webm", "video/x-matroska", "application/zip", "application/java-archive", "application/vnd.android.package-archive", EpubPrefix, Magic.OpenXml,
    ];

    public static string? Riff(ReadOnlySpan<byte> head) => !head.StartsWith("RIFF"u8) || head.Length < 14 ? null
        : head[8..].StartsWith("WEBPVP"u8) ? "image/webp"
        : head[8..].StartsWith("WAVE"u8) ? "audio/wav"
        : head[8..].StartsWith("AVI "u8) ? "video/x-msvideo" : null;

    /// <summary>ISO base media: the major brand, and for the brand of any image the compatible ones.</summary>
    public static string? Iso(ReadOnlySpan<byte> head)
    {
        if (head.Length < 12 || !head[4..].StartsWith("ftyp"u8)) return null;
        var size = (int)Math.Min(BinaryPrimitives.ReadUInt32BigEndian(head), (uint)head.Length);
        var type = Brand(head[8..12]);
        if (type is not null && type != "image/heif") return type;
        for (var at = 16; at + 4 <= size; at += 4)
            if (Brand(head[at..(at + 4)]) is { } compatible && compatible.StartsWith("image/", StringComparison.Ordinal) && compatible != "image/heif") return compatible;
        return type ?? "video/mp4";
    }

    private static string? Brand(ReadOnlySpan<byte> brand) => Encoding.Latin1.GetString(brand) switch
    {
        "avif" or "avis" => "image/avif",
        "heic" or "heix" or "heim" or "heis" or "hevc" or "hevx" or "hevm" or "hevs" => "image/heic",
        "mif1" or "msf1" => "image/heif",
        "qt  " => "video/quicktime",
        "M4A " or "M4B " or "M4P " => "audio/mp4",
        ['3', 'g', ..] => "video/3gpp",
        _ => null,
    };

    /// <summary>EBML: its DocType says which.</summary>
    public static string? Matroska(ReadOnlySpan<byte> head)
    {
        if (!head.StartsWith((ReadOnlySpan<byte>)[0x1A, 0x45, 0xDF, 0xA3])) return null;
        var at = head[..Math.Min(head.Length, 64)].IndexOf((ReadOnlySpan<byte>)[0x42, 0x82]);
        return at >= 0 && head.Length > at + 3 && head[(at + 3)..].StartsWith("webm"u8) ? "video/webm" : "video/x-matroska";
    }

    /// <summary>What a zip is by its first entries.</summary>
    public static string? Zip(ReadOnlySpan<byte> head)
    {
        if (head.StartsWith("PK\x05\x06"u8) || head.StartsWith("PK\x07\x08"u8)) return "application/zip";
        if (!head.StartsWith("PK\x03\x04"u8)) return null;
        if (head.Length < ZipHeader) return "application/zip";
        int nameLength = BinaryPrimitives.ReadUInt16LittleEndian(head[26..]), extraLength = BinaryPrimitives.ReadUInt16LittleEndian(head[28..]);
        var rest = head[ZipHeader..];
        var name = rest[..Math.Min(rest.Length, nameLength)];
        if (name.SequenceEqual("mimetype"u8)) return Stored(rest, nameLength + extraLength);
        if (name.StartsWith("META-INF/"u8)) return "application/java-archive";
        if (head.IndexOf("AndroidManifest.xml"u8) >= 0) return "application/vnd.android.package-archive";
        if (name.SequenceEqual("[Content_Types].xml"u8) || name.StartsWith("_rels/"u8) || name.StartsWith("docProps/"u8)
            || name.StartsWith("word/"u8) || name.StartsWith("xl/"u8) || name.StartsWith("ppt/"u8)) return OpenXmlOf(head);
        return "application/zip";
    }

    private static string Stored(ReadOnlySpan<byte> rest, int at)
    {
        if (at > rest.Length) return "application/zip";
        var text = rest[at..Math.Min(rest.Length, at + MaxMimeType)];
        var end = text.IndexOf("PK"u8);
        var type = Encoding.Latin1.GetString(end < 0 ? text : text[..end]);
        return type == EpubPrefix || (type.StartsWith(OpenDocumentPrefix, StringComparison.Ordinal) && type.All(c => char.IsAsciiLetterLower(c) || c is '.' or '-' or '/')) ? type : "application/zip";
    }

    private static string OpenXmlOf(ReadOnlySpan<byte> head) =>
        head.IndexOf("word/"u8) >= 0 ? Magic.OpenXml + ".wordprocessingml.document"
        : head.IndexOf("xl/"u8) >= 0 ? Magic.OpenXml + ".spreadsheetml.sheet"
        : head.IndexOf("ppt/"u8) >= 0 ? Magic.OpenXml + ".presentationml.presentation"
        : Magic.OpenXml;
}
