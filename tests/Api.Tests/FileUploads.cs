using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Threading.Channels;
using Microsoft.AspNetCore.SignalR.Client;
using RooCoord.Contracts;
using RooCoord.Testing;

namespace RooCoord.Api.Tests;

/// <summary>Whole uploads in few words, for tests of what comes with them.</summary>
internal static class FileUploads
{
    /// <summary>Begins an upload; a length below 0 is deferred.</summary>
    public static async Task<HttpResponseMessage> BeginAsync(this HttpClient http, long length, string name = "file.bin", string? type = null, string? concat = null)
    {
        var request = Tus(HttpMethod.Post, "/api/v1/uploads");
        if (length >= 0) request.Headers.Add("Upload-Length", $"{length}");
        else if (concat?.StartsWith("final", StringComparison.Ordinal) != true) request.Headers.Add("Upload-Defer-Length", "1");
        if (concat is not null) request.Headers.Add("Upload-Concat", concat);
        request.Headers.Add("Upload-Metadata", $"filename {Base64(name)}{(type is null ? "" : $",filetype {Base64(type)}")}");
        return await http.SendAsync(request);
    }

    /// <summary>Begins an upload; returns its path.</summary>
    public static async Task<string> BegunAsync(this HttpClient http, long length, string name = "file.bin", string? type = null, string? concat = null)
    {
        using var answer = await http.BeginAsync(length, name, type, concat);
        Assert.That(answer.StatusCode, Is.EqualTo(HttpStatusCode.Created), await answer.Content.ReadAsStringAsync());
        return answer.Headers.Location!.ToString();
    }

    public static Task<HttpResponseMessage> AppendAsync(this HttpClient http, string upload, long offset, ReadOnlyMemory<byte> bytes, long? length = null)
    {
        var request = Tus(HttpMethod.Patch, upload);
        request.Headers.Add("Upload-Offset", $"{offset}");
        if (length is not null) request.Headers.Add("Upload-Length", $"{length}");
        request.Content = new ReadOnlyMemoryContent(bytes) { Headers = { ContentType = new MediaTypeHeaderValue("application/offset+octet-stream") } };
        return http.SendAsync(request);
    }

    /// <summary>The status of an append, and its code if it was refused.</summary>
    public static async Task<(int, string?)> AppendedAsync(this HttpClient http, string upload, long offset, ReadOnlyMemory<byte> bytes, long? length = null)
    {
        using var answer = await http.AppendAsync(upload, offset, bytes, length);
        return ((int)answer.StatusCode, await TestServer.CodeAsync(answer));
    }

    /// <summary>Uploads a file; returns its upload's path.</summary>
    public static async Task<string> UploadedAsync(this HttpClient http, byte[] bytes, string name = "file.bin", string? type = null, string? concat = null)
    {
        var upload = await http.BegunAsync(bytes.Length, name, type, concat);
        Assert.That(await http.AppendedAsync(upload, 0, bytes), Is.EqualTo((204, (string?)null)));
        return upload;
    }

    public static async Task<HttpStatusCode> LookAsync(this HttpClient http, string upload)
    {
        using var answer = await http.SendAsync(Tus(HttpMethod.Head, upload));
        return answer.StatusCode;
    }

    public static async Task<HttpStatusCode> TerminateAsync(this HttpClient http, string upload)
    {
        using var answer = await http.SendAsync(Tus(HttpMethod.Delete, upload));
        return answer.StatusCode;
    }

    /// <summary>What the device is told of uploads from now on.</summary>
    public static ChannelReader<UploadProgress> WatchUploads(this TestDevice device)
    {
        var seen = Channel.CreateUnbounded<UploadProgress>();
        device.Hub.On<UploadProgress>(nameof(IDeviceClient.UploadProgress), p => seen.Writer.TryWrite(p));
        return seen.Reader;
    }

    public static Task<UploadProgress> NextAsync(this ChannelReader<UploadProgress> seen) => seen.ReadAsync().AsTask().WaitAsync(TestDevice.Patience);

    /// <summary>Files below the server's blob folder.</summary>
    public static string[] Blobs(this TestServer server) => [.. Directory.EnumerateFiles(Path.Combine(server.Database.Folder, "blobs"), "*", SearchOption.AllDirectories)];

    /// <summary>Moves the clock on until something holds.</summary>
    public static async Task UntilAsync(this TestServer server, Func<Task<bool>> holds, TimeSpan step, string what)
    {
        using var pace = new PeriodicTimer(TimeSpan.FromMilliseconds(10));
        for (var i = 0; i < 1_000; i++)
        {
            if (await holds()) return;
            server.Clock!.Advance(step);
            await pace.WaitForNextTickAsync();
        }
        Assert.Fail($"{what}: it did not happen");
    }

    private static HttpRequestMessage Tus(HttpMethod method, string path) => new(method, path) { Headers = { { "Tus-Resumable", "1.0.0" } } };

    private static string Base64(string text) => Convert.ToBase64String(Encoding.UTF8.GetBytes(text));
}
