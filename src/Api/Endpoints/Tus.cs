using System.Globalization;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core.Features;
using RooCoord.Application.Files;
using RooCoord.Domain;
using RooCoord.Domain.Files;

namespace RooCoord.Api.Endpoints;

/// <summary>Headers of tus 1.0.0 (https://tus.io/protocols/resumable-upload).</summary>
internal static class Tus
{
    public const string Path = "/api/v1/uploads";
    public const string Version = "1.0.0";
    public const string Extensions = "creation,creation-with-upload,creation-defer-length,expiration,checksum,termination,concatenation";
    public const string ChunkType = "application/offset+octet-stream";

    /// <summary>A whole number in a header, or null where the header is missing; throws <see cref="FaultCode.Invalid"/>.</summary>
    public static long? Number(HttpRequest request, string header)
    {
        var values = request.Headers[header];
        if (values.Count == 0) return null;
        return values.Count == 1 && long.TryParse(values[0], NumberStyles.None, CultureInfo.InvariantCulture, out var number)
            ? number
            : throw Fault.Invalid($"`{header}` must be a whole number");
    }

    /// <summary>Whether the request's body is a chunk; throws <see cref="FaultCode.UnsupportedType"/> when it is something else.</summary>
    public static bool BringsChunk(HttpRequest request)
    {
        if (request.ContentType is { } type && type.Split(';')[0].Trim().Equals(ChunkType, StringComparison.OrdinalIgnoreCase)) return true;
        return request.ContentLength is null or 0 && request.Headers.TransferEncoding.Count == 0
            ? false
            : throw new Fault(FaultCode.UnsupportedType, $"the body must be {ChunkType}");
    }

    /// <summary>The chunk's checksum, or null.</summary>
    public static ChunkChecksum? Checksum(HttpRequest request) =>
        request.Headers["Upload-Checksum"] is { Count: > 0 } header ? ChunkChecksum.Parse(header.ToString()) : null;

    /// <summary>Lets the body be as large and as slow as uploads are: both are judged by the use case.</summary>
    public static void AllowLongBody(HttpContext http)
    {
        if (http.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } size) size.MaxRequestBodySize = null;
        if (http.Features.Get<IHttpMinRequestBodyDataRateFeature>() is { } rate) rate.MinDataRate = null;
    }

    /// <summary>Says when an unfinished upload is forgotten.</summary>
    public static void Expires(HttpResponse response, DateTimeOffset? at)
    {
        if (at is { } time) response.Headers["Upload-Expires"] = time.ToString("R", CultureInfo.InvariantCulture);
    }

    /// <summary>Says when an unfinished upload is forgotten, and where a finished one's file is.</summary>
    public static void Tell(HttpResponse response, Upload upload)
    {
        Expires(response, upload.State == UploadState.Uploading ? upload.ExpiresAt : null);
        if (upload.Result is { } result) response.Headers.ContentLocation = $"/api/v1/files/{result.FileId}";
    }
}
