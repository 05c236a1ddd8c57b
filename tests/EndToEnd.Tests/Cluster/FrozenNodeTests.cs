using System.Globalization;
using System.Net;
using System.Security.Cryptography;
using RooCoord.Contracts;
using RooCoord.EndToEnd.Tests.Processes;
using RooCoord.Testing;

namespace RooCoord.EndToEnd.Tests.Cluster;

/// <summary>A node that does not answer and is not dead either.</summary>
[CancelAfter(Deadline.TestMilliseconds)]
internal sealed class FrozenNodeTests
{
    private const int Bytes = 4 * 1024 * 1024;
    private const int Sent = 3 * 1024 * 1024;
    private static readonly byte[] Content = RandomNumberGenerator.GetBytes(Bytes);

    [Test]
    public async Task ItsUpload_GoesOnElsewhere_OnceItIsDeclaredDead_AndItsFileHasOneWriter()
    {
        if (OperatingSystem.IsWindows()) Assert.Ignore("Windows has no SIGSTOP to freeze a process with.");
        await using var database = await TestDatabase.CreateAsync(Engine.Postgres);
        await using var cluster = await ServerCluster.StartAsync(2, database.Setting, _ => TestRedis.Endpoint);
        var (holding, other) = (cluster.Nodes[0], cluster.Nodes[1]);
        var device = await holding.RegisterAsync("uploader");
        using var creation = await holding.Http.SendAsync(StoredFiles.Creation(device, Bytes), Deadline.Token);
        var upload = creation.EnsureSuccessStatusCode().Headers.Location!;

        using var over = new CancellationTokenSource();
        var hanging = HangAsync(holding, upload, device, over.Token);
        await Poll.UntilAsync(() => Task.FromResult(Received(cluster) > 0), "the first bytes are on the disk");
        await holding.FreezeAsync();
        Assert.That(await StatusAsync(other, StoredFiles.Look(upload, device)), Is.EqualTo(HttpStatusCode.Locked), "as long as it may live");
        await Poll.UntilAsync(async () => await StatusAsync(other, StoredFiles.Look(upload, device)) == HttpStatusCode.OK, "the node is declared dead");
        Assert.That(await SendRestAsync(other, upload, device), Is.EqualTo(HttpStatusCode.Locked), "it still has the file open, and may write when it wakes");

        await holding.ThawAsync();
        await Poll.UntilAsync(async () => await SendRestAsync(other, upload, device) == HttpStatusCode.NoContent, "the woken node lets go");
        Assert.That(await StoredFiles.Sha256Async(other.Http, upload, device), Is.EqualTo(Convert.ToHexString(SHA256.HashData(Content))));
        await over.CancelAsync();
        await hanging.Bounded();
    }

    private static long Received(ServerCluster cluster) =>
        new DirectoryInfo(Path.Combine(cluster.Nodes[0].Folder, "blobs", "uploads")).EnumerateFiles().Sum(f => f.Length);

    // Most of the file, and then nothing.
    private static async Task HangAsync(ServerProcess node, Uri upload, RegisteredDevice device, CancellationToken over)
    {
        using var http = new HttpClient { BaseAddress = node.Url };
        var body = new StreamedContent(Bytes, async stream =>
        {
            await stream.WriteAsync(Content.AsMemory(0, Sent), over);
            await stream.FlushAsync(over);
            await new TaskCompletionSource().Task.WaitAsync(over);
        });
        try
        {
            using var answer = await http.SendAsync(StoredFiles.Chunk(upload, device, 0, body), over);
            Assert.That(answer.IsSuccessStatusCode, Is.False);
        }
        catch (Exception exception) when (exception is HttpRequestException or OperationCanceledException) { /* The server or the test ended it. */ }
    }

    private static async Task<HttpStatusCode> SendRestAsync(ServerProcess node, Uri upload, RegisteredDevice device)
    {
        using var look = StoredFiles.Look(upload, device);
        using var head = await node.Http.SendAsync(look, Deadline.Token);
        if (!head.IsSuccessStatusCode) return head.StatusCode;
        var offset = int.Parse(head.Headers.GetValues("Upload-Offset").Single(), CultureInfo.InvariantCulture);
        return await StatusAsync(node, StoredFiles.Chunk(upload, device, offset, new ReadOnlyMemoryContent(Content.AsMemory(offset))));
    }

    private static async Task<HttpStatusCode> StatusAsync(ServerProcess node, HttpRequestMessage request)
    {
        using (request)
        using (var answer = await node.Http.SendAsync(request, Deadline.Token)) return answer.StatusCode;
    }
}
