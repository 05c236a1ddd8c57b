using System.Globalization;
using System.Security.Cryptography;
using RooCoord.Contracts;

namespace RooCoord.EndToEnd.Tests.Cluster;

/// <summary>tus requests as they are on the wire, and what became of an upload.</summary>
internal static class StoredFiles
{
    public static HttpRequestMessage Creation(RegisteredDevice device, long length) =>
        Request(HttpMethod.Post, new("/api/v1/uploads", UriKind.Relative), device, "Upload-Length", length);

    public static HttpRequestMessage Chunk(Uri upload, RegisteredDevice device, long offset, HttpContent body)
    {
        body.Headers.ContentType = new("application/offset+octet-stream");
        var request = Request(HttpMethod.Patch, upload, device, "Upload-Offset", offset);
        request.Content = body;
        return request;
    }

    public static HttpRequestMessage Look(Uri upload, RegisteredDevice device) => Request(HttpMethod.Head, upload, device, null, 0);

    /// <summary>Downloads what a finished upload became; upper-case hex.</summary>
    public static async Task<string> Sha256Async(HttpClient http, Uri upload, RegisteredDevice device)
    {
        using var look = Look(new(upload.IsAbsoluteUri ? upload.AbsolutePath : upload.OriginalString, UriKind.Relative), device);
        using var head = await http.SendAsync(look, Deadline.Token);
        var file = head.EnsureSuccessStatusCode().Content.Headers.GetValues("Content-Location").Single();
        using var get = Request(HttpMethod.Get, new($"{file}/content", UriKind.Relative), device, null, 0);
        using var content = await http.SendAsync(get, HttpCompletionOption.ResponseHeadersRead, Deadline.Token);
        await using var bytes = await content.EnsureSuccessStatusCode().Content.ReadAsStreamAsync(Deadline.Token);
        return Convert.ToHexString(await SHA256.HashDataAsync(bytes, Deadline.Token));
    }

    private static HttpRequestMessage Request(HttpMethod method, Uri address, RegisteredDevice device, string? header, long value)
    {
        var request = new HttpRequestMessage(method, address) { Headers = { { "Tus-Resumable", "1.0.0" } } };
        request.Headers.Authorization = new("Bearer", device.Credential.AccessToken);
        if (header is not null) request.Headers.Add(header, value.ToString(CultureInfo.InvariantCulture));
        return request;
    }
}
