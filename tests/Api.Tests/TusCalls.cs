using System.Net;
using System.Net.Http.Headers;
using System.Text;
using RooCoord.Testing;

namespace RooCoord.Api.Tests;

/// <summary>Requests of tus 1.0.0, as a client writes them.</summary>
internal static class TusCalls
{
    public const string Uploads = "/api/v1/uploads";
    public const string ChunkType = "application/offset+octet-stream";

    public static HttpRequestMessage With(HttpMethod method, string path, params (string Name, string Value)[] headers)
    {
        var request = new HttpRequestMessage(method, path) { Headers = { { "Tus-Resumable", "1.0.0" } } };
        foreach (var (name, value) in headers) request.Headers.TryAddWithoutValidation(name, value);
        return request;
    }

    public static HttpRequestMessage Create(long length, string name = "file.bin", params (string Name, string Value)[] headers) =>
        With(HttpMethod.Post, Uploads, [("Upload-Length", $"{length}"), ("Upload-Metadata", $"filename {Convert.ToBase64String(Encoding.UTF8.GetBytes(name))}"), .. headers]);

    public static HttpRequestMessage Chunk(string upload, long offset, ReadOnlyMemory<byte> bytes, params (string Name, string Value)[] headers) =>
        With(HttpMethod.Patch, upload, [("Upload-Offset", $"{offset}"), .. headers]).Bringing(bytes);

    public static HttpRequestMessage Bringing(this HttpRequestMessage request, ReadOnlyMemory<byte> bytes, string type = ChunkType)
    {
        request.Content = new ReadOnlyMemoryContent(bytes) { Headers = { ContentType = new MediaTypeHeaderValue(type) } };
        return request;
    }

    public static long Offset(this HttpResponseMessage answer) => long.Parse(answer.Header("Upload-Offset")!);

    /// <summary>A header of the answer or its content; null when it is not there.</summary>
    public static string? Header(this HttpResponseMessage answer, string name) =>
        answer.Headers.TryGetValues(name, out var values) || answer.Content.Headers.TryGetValues(name, out values) ? string.Join(',', values) : null;

    /// <summary>Creates an upload; returns its address.</summary>
    public static async Task<string> CreatedAsync(this HttpClient http, HttpRequestMessage creation)
    {
        using var answer = await http.SendAsync(creation);
        Assert.That(answer.StatusCode, Is.EqualTo(HttpStatusCode.Created), await answer.Content.ReadAsStringAsync());
        return answer.Headers.Location!.ToString();
    }

    /// <summary>How many bytes the server says it has.</summary>
    public static async Task<long> OffsetAsync(this HttpClient http, string upload)
    {
        using var answer = await http.SendAsync(With(HttpMethod.Head, upload));
        Assert.That(answer.StatusCode, Is.EqualTo(HttpStatusCode.OK));
        return answer.Offset();
    }

    /// <summary>The status and, of a problem, its code.</summary>
    public static async Task<(int Status, string? Code)> RefusalAsync(this HttpClient http, HttpRequestMessage request)
    {
        using var answer = await http.SendAsync(request);
        return ((int)answer.StatusCode, request.Method == HttpMethod.Head ? null : await TestServer.CodeAsync(answer));
    }

    /// <summary>The upload's bytes as they are on the disk, finished or not.</summary>
    public static byte[] BytesOf(this TestServer server, string upload) => File.ReadAllBytes(server.PathOf(upload));

    /// <summary>How many bytes of the upload are on the disk.</summary>
    public static long SizeOf(this TestServer server, string upload) => new FileInfo(server.PathOf(upload)) is { Exists: true } file ? file.Length : 0;

    /// <summary>Whether a request has begun to write.</summary>
    public static bool HasBegun(this TestServer server, string upload) => File.Exists(server.PathOf(upload));

    /// <summary>Leaves the upload's bytes as a server does that dies between publishing them and committing that.</summary>
    public static void Publish(this TestServer server, string upload, byte[] bytes)
    {
        var (growing, finished) = server.PathsOf(upload);
        Directory.CreateDirectory(Path.GetDirectoryName(finished)!);
        File.WriteAllBytes(growing, bytes);
        File.Move(growing, finished);
    }

    public static string PathOf(this TestServer server, string upload)
    {
        var (growing, finished) = server.PathsOf(upload);
        return File.Exists(finished) ? finished : growing;
    }

    private static (string Growing, string Finished) PathsOf(this TestServer server, string upload)
    {
        var id = upload[(upload.LastIndexOf('/') + 1)..];
        var blobs = Path.Combine(server.Database.Folder, "blobs");
        return (Path.Combine(blobs, "uploads", id), Path.Combine(blobs, "files", id[^2..], id));
    }
}
