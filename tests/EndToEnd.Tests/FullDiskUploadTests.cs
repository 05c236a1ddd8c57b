using System.Net;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using RooCoord.EndToEnd.Tests.Processes;
using RooCoord.Testing;

namespace RooCoord.EndToEnd.Tests;

[CancelAfter(Deadline.TestMilliseconds)]
internal sealed class FullDiskUploadTests
{
    private const int Chunk = 1 << 20;

    [Test]
    public async Task AnUploadThatMeetsAFullDisk_GoesOnOnceThereIsRoom()
    {
        await using var database = await TestDatabase.CreateAsync(Engine.Sqlite);
        await using var disk = await SmallDisk.MountAsync(database.Folder);
        await using var server = await ServerProcess.StartAsync(database.Folder, database.Setting);
        server.Http.DefaultRequestHeaders.Authorization = new("Bearer", await server.TokenAsync("alice"));
        server.Http.DefaultRequestHeaders.Add("Tus-Resumable", "1.0.0");
        var bytes = RandomNumberGenerator.GetBytes(12 * Chunk);
        var upload = await CreateAsync(server, bytes.Length);

        HttpStatusCode status;
        var acknowledged = 0;
        while ((status = await PatchAsync(server, upload, bytes, acknowledged)) == HttpStatusCode.NoContent) acknowledged += Chunk;
        Assert.That(status, Is.EqualTo(HttpStatusCode.InsufficientStorage));
        disk.DropBallast();

        var offset = await OffsetAsync(server, upload);
        Assert.That(offset, Is.InRange(acknowledged, bytes.Length - 1));
        for (; offset < bytes.Length; offset = await OffsetAsync(server, upload))
            Assert.That(await PatchAsync(server, upload, bytes, offset), Is.EqualTo(HttpStatusCode.NoContent));
        var id = upload[(upload.LastIndexOf('/') + 1)..];
        Assert.That(await File.ReadAllBytesAsync(Path.Combine(server.Folder, "blobs", "files", id[^2..], id), Deadline.Token), Is.EqualTo(bytes));
    }

    private static async Task<string> CreateAsync(ServerProcess server, int length)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/api/v1/uploads") { Headers = { { "Upload-Length", $"{length}" } } };
        using var answer = await server.Http.SendAsync(request, Deadline.Token);
        return answer.Headers.Location!.ToString();
    }

    private static async Task<HttpStatusCode> PatchAsync(ServerProcess server, string upload, byte[] bytes, int offset)
    {
        using var request = new HttpRequestMessage(HttpMethod.Patch, upload) { Headers = { { "Upload-Offset", $"{offset}" } } };
        request.Content = new ByteArrayContent(bytes, offset, Math.Min(Chunk, bytes.Length - offset)) { Headers = { ContentType = new MediaTypeHeaderValue("application/offset+octet-stream") } };
        using var answer = await server.Http.SendAsync(request, Deadline.Token);
        return answer.StatusCode;
    }

    private static async Task<int> OffsetAsync(ServerProcess server, string upload)
    {
        using var request = new HttpRequestMessage(HttpMethod.Head, upload);
        using var answer = await server.Http.SendAsync(request, Deadline.Token);
        return int.Parse(answer.Headers.GetValues("Upload-Offset").Single());
    }
}
