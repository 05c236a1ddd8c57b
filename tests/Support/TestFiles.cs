using System.Net.Http.Headers;
using System.Text;

namespace RooCoord.Testing;

/// <summary>Files for tests, uploaded as tus clients do.</summary>
public static class TestFiles
{
    /// <summary>Uploads a file, or a version of one, in one request; returns its id.</summary>
    public static async Task<string> UploadAsync(this HttpClient http, ReadOnlyMemory<byte> bytes, string name = "file.bin", string type = "application/octet-stream", string? fileId = null)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/api/v1/uploads")
        {
            Headers =
            {
                { "Tus-Resumable", "1.0.0" }, { "Upload-Length", $"{bytes.Length}" },
                { "Upload-Metadata", $"filename {Base64(name)},filetype {Base64(type)}{(fileId is null ? "" : $",fileId {Base64(fileId)}")}" },
            },
            Content = new ReadOnlyMemoryContent(bytes) { Headers = { ContentType = new MediaTypeHeaderValue("application/offset+octet-stream") } },
        };
        using var answer = await http.SendAsync(request);
        if (!answer.IsSuccessStatusCode) throw new InvalidOperationException(await answer.Content.ReadAsStringAsync());
        return answer.Content.Headers.GetValues("Content-Location").Single()["/api/v1/files/".Length..];
    }

    private static string Base64(string text) => Convert.ToBase64String(Encoding.UTF8.GetBytes(text));
}
