using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text;
using RooCoord.Contracts;

namespace RooCoord.Api.Tests;

/// <summary>Files as tests make and read them.</summary>
internal static class StoredFile
{
    /// <summary>Uploads a text in one request; returns the file's id.</summary>
    public static async Task<string> UploadAsync(this HttpClient http, string name, string text = "text", string? type = null, string? tags = null, string? description = null, string? fileId = null)
    {
        using var answer = await http.UploadAnswerAsync(name, text, type, tags, description, fileId);
        Assert.That((int)answer.StatusCode, Is.EqualTo(201), await answer.Content.ReadAsStringAsync());
        return answer.Content.Headers.GetValues("Content-Location").Single()["/api/v1/files/".Length..];
    }

    public static async Task<HttpResponseMessage> UploadAnswerAsync(this HttpClient http, string name, string text, string? type = null, string? tags = null, string? description = null, string? fileId = null)
    {
        var bytes = Encoding.UTF8.GetBytes(text);
        (string Key, string? Value)[] metadata = [("filename", name), ("filetype", type), ("tags", tags), ("description", description), ("fileId", fileId)];
        using var request = new HttpRequestMessage(HttpMethod.Post, "/api/v1/uploads") { Content = new ByteArrayContent(bytes) };
        request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/offset+octet-stream");
        request.Headers.Add("Tus-Resumable", "1.0.0");
        request.Headers.Add("Upload-Length", $"{bytes.Length}");
        request.Headers.Add("Upload-Metadata", string.Join(',', metadata.Where(m => m.Value is not null).Select(m => $"{m.Key} {Convert.ToBase64String(Encoding.UTF8.GetBytes(m.Value!))}")));
        return await http.SendAsync(request);
    }

    public static async Task<Contracts.File> FileAsync(this HttpClient http, string id) => (await http.GetFromJsonAsync<Contracts.File>($"/api/v1/files/{id}", Wire.Json))!;

    public static async Task<CursorPage<Contracts.File>> FindAsync(this HttpClient http, string query) => (await http.GetFromJsonAsync<CursorPage<Contracts.File>>($"/api/v1/files?{query}", Wire.Json))!;

    public static async Task<string[]> NamesAsync(this HttpClient http, string query) => [.. (await http.FindAsync(query)).Items.Select(f => f.Name)];

    public static Task<HttpResponseMessage> ShareAsync(this HttpClient http, string id, string user, string role, DateTimeOffset? expiresAt = null) =>
        http.PutAsJsonAsync($"/api/v1/files/{id}/permissions/{user}", new { role, expiresAt = expiresAt is { } at ? Wire.Format(at) : null });
}
