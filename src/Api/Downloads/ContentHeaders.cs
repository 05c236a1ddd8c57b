using System.Globalization;
using Microsoft.Extensions.Primitives;
using RooCoord.Domain.Files;

namespace RooCoord.Api.Downloads;

/// <summary>Headers around content.</summary>
internal static class ContentHeaders
{
    /// <summary>What a request says of preconditions and ranges.</summary>
    public static ContentRequest Read(HttpRequest request) => new()
    {
        IsHead = HttpMethods.IsHead(request.Method),
        IfMatch = Text(request.Headers.IfMatch),
        IfNoneMatch = Text(request.Headers.IfNoneMatch),
        IfModifiedSince = Text(request.Headers.IfModifiedSince),
        IfUnmodifiedSince = Text(request.Headers.IfUnmodifiedSince),
        IfRange = Text(request.Headers.IfRange),
        Range = Text(request.Headers.Range),
    };

    private static string? Text(StringValues values) => values.Count == 0 ? null : values.ToString();

    /// <summary>What 200, 206 and 304 have in common.</summary>
    public static void Validators(HttpResponse response, FileContent content)
    {
        var headers = response.Headers;
        headers.ETag = content.ETag;
        headers.LastModified = content.ModifiedAt.ToString("R", CultureInfo.InvariantCulture);
        // Kept by the client alone, and asked for again each time: rights may have ended.
        headers.CacheControl = "private, no-cache";
    }

    /// <summary>What 200 and 206 say of the whole, and how a browser is to treat it: as nothing that may run.</summary>
    public static void Describe(HttpResponse response, FileContent content)
    {
        var headers = response.Headers;
        headers.AcceptRanges = "bytes";
        headers["Repr-Digest"] = $"sha-256=:{Convert.ToBase64String(Convert.FromHexString(content.Sha256))}:";
        headers.ContentDisposition = ContentDisposition.Of(content.Name, content.MimeType);
        headers.XContentTypeOptions = "nosniff";
        headers.ContentSecurityPolicy = "sandbox";
    }

    /// <summary><c>Content-Range</c> of a range, or, null, of none.</summary>
    public static string Range(ByteRange? range, long size) => range is { } some
        ? string.Create(CultureInfo.InvariantCulture, $"bytes {some.Start}-{some.Last}/{size}")
        : string.Create(CultureInfo.InvariantCulture, $"bytes */{size}");
}
