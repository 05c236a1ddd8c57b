using System.Text;

namespace RooCoord.Domain.Files;

/// <summary>The header <c>Content-Disposition</c> (RFC 6266, with names as RFC 8187 writes them).</summary>
public static class ContentDisposition
{
    private const string Plain = "!#$&+-.^_`|~";

    /// <summary>Shown where that is safe, else saved; under this name either way.</summary>
    public static string Of(string name, string mimeType)
    {
        var text = new StringBuilder(MediaTypes.IsSafeInline(mimeType) ? "inline" : "attachment").Append("; filename=\"");
        // For old clients: they take %41 for A and know no other alphabet.
        foreach (var rune in name.EnumerateRunes())
            text.Append(rune.Value is >= ' ' and < '\x7f' and not ('"' or '\\' or '%') ? (char)rune.Value : '_');
        text.Append("\"; filename*=UTF-8''");
        foreach (var octet in Encoding.UTF8.GetBytes(name))
        {
            if (char.IsAsciiLetterOrDigit((char)octet) || Plain.Contains((char)octet, StringComparison.Ordinal)) text.Append((char)octet);
            else text.Append('%').Append(octet.ToString("X2", System.Globalization.CultureInfo.InvariantCulture));
        }
        return text.ToString();
    }
}
