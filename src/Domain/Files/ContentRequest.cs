using System.Globalization;

namespace RooCoord.Domain.Files;

/// <summary>What a request for content is answered with.</summary>
public enum ContentStatus
{
    /// <summary>All of it (200).</summary>
    Whole,
    /// <summary>Some ranges (206).</summary>
    Partial,
    /// <summary>The client has it (304).</summary>
    NotModified,
    /// <summary>It is not what the client takes it for (412).</summary>
    PreconditionFailed,
    /// <summary>No range asked for exists (416).</summary>
    Unsatisfiable,
}

/// <summary>The decision about a request for content.</summary>
/// <param name="Status">What is answered.</param>
/// <param name="Ranges">The ranges of <see cref="ContentStatus.Partial"/>; else empty.</param>
public readonly record struct ContentAnswer(ContentStatus Status, IReadOnlyList<ByteRange> Ranges)
{
    /// <summary>Whether bytes are sent, were it not for HEAD.</summary>
    public bool BringsBytes => Status is ContentStatus.Whole or ContentStatus.Partial;

    /// <summary>Whether the file's first byte is among them.</summary>
    public bool Begins => Status == ContentStatus.Whole || Ranges.Any(r => r.Start == 0);
}

/// <summary>A GET or HEAD of content: its preconditions and ranges, as the headers bring them, null where they are missing.</summary>
public sealed record ContentRequest
{
    private static readonly string[] DateFormats = ["r", "dddd, dd-MMM-yy HH:mm:ss 'GMT'", "ddd MMM d HH:mm:ss yyyy", "ddd MMM  d HH:mm:ss yyyy"];

    /// <summary>Whether only the headers are wanted.</summary>
    public bool IsHead { get; init; }
    /// <summary><c>If-Match</c>.</summary>
    public string? IfMatch { get; init; }
    /// <summary><c>If-None-Match</c>.</summary>
    public string? IfNoneMatch { get; init; }
    /// <summary><c>If-Modified-Since</c>.</summary>
    public string? IfModifiedSince { get; init; }
    /// <summary><c>If-Unmodified-Since</c>.</summary>
    public string? IfUnmodifiedSince { get; init; }
    /// <summary><c>If-Range</c>.</summary>
    public string? IfRange { get; init; }
    /// <summary><c>Range</c>.</summary>
    public string? Range { get; init; }

    /// <summary>Decides, in the order of RFC 9110, section 13.2.2. <paramref name="etag"/> is strong, <paramref name="modified"/> a whole second,
    /// and itself a strong validator only when nothing else was made within it (section 8.8.2.2).</summary>
    public ContentAnswer Decide(string etag, DateTimeOffset modified, bool modifiedIsStrong, long size)
    {
        if (IfMatch is not null)
        {
            if (!EntityTags.HasStrong(IfMatch, etag)) return new(ContentStatus.PreconditionFailed, []);
        }
        else if (Date(IfUnmodifiedSince) < modified) return new(ContentStatus.PreconditionFailed, []);

        if (IfNoneMatch is not null)
        {
            if (EntityTags.HasWeak(IfNoneMatch, etag)) return new(ContentStatus.NotModified, []);
        }
        else if (Date(IfModifiedSince) >= modified) return new(ContentStatus.NotModified, []);

        if (IsHead || Range is null || !MayRange(etag, modifiedIsStrong ? modified : null) || ByteRanges.Parse(Range, size) is not { } ranges) return new(ContentStatus.Whole, []);
        return new(ranges.Count == 0 ? ContentStatus.Unsatisfiable : ContentStatus.Partial, ranges);
    }

    // Only what is exactly the same may be put together with bytes received earlier.
    private bool MayRange(string etag, DateTimeOffset? modified) =>
        IfRange is null || IfRange.Trim() == etag || (!IfRange.Contains('"', StringComparison.Ordinal) && modified is not null && Date(IfRange) == modified);

    // The three forms of RFC 9110, section 5.6.7; what is none of them counts as missing.
    private static DateTimeOffset? Date(string? header) =>
        DateTimeOffset.TryParseExact(header?.Trim(), DateFormats, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var date) ? date : null;
}
