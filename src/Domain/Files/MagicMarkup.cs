using System.Text;

namespace RooCoord.Domain.Files;

/// <summary>Markup: what a browser would take for a page or an image with scripts.</summary>
internal static class MagicMarkup
{
    // WHATWG MIME Sniffing, 7.1, rules for identifying an unknown MIME type.
    private static readonly string[] HtmlTags =
        ["<!doctype html", "<html", "<head", "<script", "<iframe", "<h1", "<div", "<font", "<table", "<a", "<style", "<title", "<b", "<body", "<br", "<p", "<!--"];

    public static IEnumerable<string> Types => ["text/html", "application/xhtml+xml", "image/svg+xml", "text/xml"];

    public static string? Detect(ReadOnlySpan<byte> head)
    {
        var start = Text(head);
        if (IsTag(start, "<svg") || IsTag(start, "<!doctype svg")) return "image/svg+xml";
        var isXml = start.StartsWith("<?xml", StringComparison.OrdinalIgnoreCase);
        // Before the root there may be declarations and comments, in any number.
        if (isXml || start.StartsWith("<!--", StringComparison.Ordinal) || start.StartsWith("<!doctype", StringComparison.OrdinalIgnoreCase))
        {
            if (start.Contains("<svg", StringComparison.OrdinalIgnoreCase)) return "image/svg+xml";
            if (isXml) return start.Contains("<html", StringComparison.OrdinalIgnoreCase) || start.Contains("1999/xhtml", StringComparison.OrdinalIgnoreCase) ? "application/xhtml+xml" : "text/xml";
        }
        return HtmlTags.Any(tag => IsTag(start, tag)) ? "text/html" : null;
    }

    private static string Text(ReadOnlySpan<byte> head)
    {
        var text = head.StartsWith((ReadOnlySpan<byte>)[0xEF, 0xBB, 0xBF]) ? Encoding.Latin1.GetString(head[3..])
            : head.StartsWith((ReadOnlySpan<byte>)[0xFF, 0xFE]) ? Encoding.Unicode.GetString(head[2..])
            : head.StartsWith((ReadOnlySpan<byte>)[0xFE, 0xFF]) ? Encoding.BigEndianUnicode.GetString(head[2..])
            : Encoding.Latin1.GetString(head);
        return text.TrimStart(' ', '\t', '\r', '\n', '\f');
    }

    private static bool IsTag(string text, string tag) =>
        text.StartsWith(tag, StringComparison.OrdinalIgnoreCase) && (tag == "<!--" || (text.Length > tag.Length && text[tag.Length] is ' ' or '>' or '\t' or '\r' or '\n' or '\f' or '/'));
}
