using System.Buffers.Text;
using System.Text;

namespace RooCoord.Domain.Files;

/// <summary>
/// <c>Upload-Metadata</c> of tus 1.0.0: comma separated pairs of a key and, after a space, a Base64 value. Known keys:
/// <c>filename</c>, <c>filetype</c>, <c>tags</c> (comma separated), <c>description</c>, <c>fileId</c>; others are kept and given back.
/// </summary>
public sealed class UploadMetadata
{
    /// <summary>Characters of the header at most.</summary>
    public const int MaxLength = 8 * 1024;

    /// <summary>None.</summary>
    public static UploadMetadata Empty { get; } = new(null, new Dictionary<string, string>());

    private readonly IReadOnlyDictionary<string, string> _values;

    private UploadMetadata(string? header, IReadOnlyDictionary<string, string> values) => (Header, _values) = (header, values);

    /// <summary>The header as it was sent, or null.</summary>
    public string? Header { get; }
    /// <summary>A safe name (<see cref="FileNames"/>).</summary>
    public string FileName => FileNames.Safe(_values.GetValueOrDefault("filename") ?? _values.GetValueOrDefault("name"));
    /// <summary>The media type the client claims, or null.</summary>
    public string? FileType => _values.GetValueOrDefault("filetype") ?? _values.GetValueOrDefault("type");
    /// <summary>Words of the user's own.</summary>
    public IReadOnlyList<string> Tags => FileTags.Parse(_values.GetValueOrDefault("tags"));
    /// <summary>Text of the user's own, or null.</summary>
    public string? Description => _values.GetValueOrDefault("description");
    /// <summary>The file to add a version to, or null.</summary>
    public string? FileId => _values.GetValueOrDefault("fileId");

    /// <summary>Reads the header; throws <see cref="FaultCode.Invalid"/>.</summary>
    public static UploadMetadata Parse(string? header)
    {
        if (string.IsNullOrWhiteSpace(header)) return Empty;
        if (header.Length > MaxLength) throw Fault.Invalid($"`Upload-Metadata` must have at most {MaxLength} characters");
        // It is given back in a header.
        if (!header.All(c => c is >= ' ' and < '\x7f')) throw Fault.Invalid("`Upload-Metadata` must be printable ASCII");
        var values = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var pair in header.Split(','))
        {
            var parts = pair.Trim().Split(' ', StringSplitOptions.RemoveEmptyEntries);
            if (parts.Length is 0 or > 2 || !parts[0].All(c => c is > ' ' and < '\x7f'))
                throw Fault.Invalid("`Upload-Metadata` must be pairs of a key and a Base64 value");
            if (!values.TryAdd(parts[0], parts.Length == 2 ? Decode(parts[0], parts[1]) : "")) throw Fault.Invalid($"`Upload-Metadata` names `{parts[0]}` twice");
        }
        var metadata = new UploadMetadata(header, values);
        if (metadata.Description is { } description) Text.Require(description, "description", 0, FileEntry.MaxDescription);
        if (metadata.FileType is { } type) Text.Require(type, "filetype", 0, 255);
        _ = metadata.Tags;
        return metadata;
    }

    private static string Decode(string key, string base64)
    {
        var bytes = new byte[base64.Length];
        if (!Base64.IsValid(base64, out _) || !Convert.TryFromBase64String(base64, bytes, out var length)) throw Fault.Invalid($"`{key}` in `Upload-Metadata` is not Base64");
        try
        {
            return new UTF8Encoding(false, throwOnInvalidBytes: true).GetString(bytes, 0, length);
        }
        catch (DecoderFallbackException)
        {
            throw Fault.Invalid($"`{key}` in `Upload-Metadata` is not UTF-8");
        }
    }
}
