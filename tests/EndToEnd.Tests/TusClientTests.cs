using System.Security.Cryptography;
using RooCoord.EndToEnd.Tests.Clients;
using RooCoord.EndToEnd.Tests.Processes;
using RooCoord.Testing;

namespace RooCoord.EndToEnd.Tests;

/// <summary>The stock tus client of JavaScript, with connections that break and a server that dies.</summary>
[CancelAfter(Deadline.TestMilliseconds)]
[TestFixture(Engine.Sqlite)]
[TestFixture(Engine.Postgres)]
internal sealed class TusClientTests(Engine engine)
{
    private const int MiB = 1 << 20;

    private sealed record Line(string Event, long Accepted, int Status, string? Upload);

    [Test]
    public async Task AFileInChunks_OverALineThatBreaksAtRandom_ArrivesByteForByte()
    {
        await using var server = await ServerProcess.StartAsync(engine);
        await using var line = new BreakableLine(server.Url);
        using var file = await TemporaryFile.MakeAsync(engine == Engine.Sqlite ? 100 * MiB : 20 * MiB);
        var random = new Random(engine.GetHashCode());
        var chunks = 0;

        var lines = await RunAsync(server, line.Url, file, parallel: 1, onLine: told =>
        {
            // Somewhere in the next chunk.
            if (told.Event == "accepted" && ++chunks % 8 == 0) line.BreakAfter(random.Next(1, MiB));
        });

        Assert.That(lines.Count(l => l.Event == "failed"), Is.GreaterThan(1), "the line was cut");
        await AssertArrivedAsync(server, file, lines);
    }

    [Test]
    public async Task AFileInFourParts_OverACrashOfTheServer_ArrivesByteForByte()
    {
        await using var server = await ServerProcess.StartAsync(engine);
        using var file = await TemporaryFile.MakeAsync(20 * MiB);
        var middle = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var chunks = 0;

        var running = RunAsync(server, server.Url, file, parallel: 4, onLine: told =>
        {
            if (told.Event == "accepted" && ++chunks == 6) middle.TrySetResult();
        });
        await await Task.WhenAny(running, middle.Task).Bounded();
        await server.KillAsync();
        await server.StartAgainAsync();
        var lines = await running.Bounded();

        Assert.That(lines.Count(l => l.Event == "failed"), Is.GreaterThan(0), "the server was killed in the middle");
        await AssertArrivedAsync(server, file, lines);
    }

    private static async Task<List<Line>> RunAsync(ServerProcess server, Uri url, TemporaryFile file, int parallel, Action<Line> onLine)
    {
        var lines = new List<Line>();
        var argument = new { Url = url.GetLeftPart(UriPartial.Authority), Token = await server.TokenAsync("alice"), file.Path, Chunk = MiB, Parallel = parallel };
        await NodeScript.RunAsync<Line>("upload.mjs", argument, line =>
        {
            lines.Add(line);
            onLine(line);
        });
        return lines;
    }

    private static async Task AssertArrivedAsync(ServerProcess server, TemporaryFile file, List<Line> lines)
    {
        var upload = new Uri(lines.Single(l => l.Event == "done").Upload!).AbsolutePath;
        using var request = new HttpRequestMessage(HttpMethod.Head, upload) { Headers = { { "Tus-Resumable", "1.0.0" } } };
        request.Headers.Authorization = new("Bearer", await server.TokenAsync("alice"));
        using var head = await server.Http.SendAsync(request, Deadline.Token);
        Assert.That(head.Content.Headers.GetValues("Content-Location").Single(), Does.StartWith("/api/v1/files/"));
        var parts = head.Headers.TryGetValues("Upload-Concat", out var concat) ? concat.Single()["final;".Length..].Split(' ') : [upload];
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var part in parts)
        {
            var id = part[(part.LastIndexOf('/') + 1)..];
            hash.AppendData(await File.ReadAllBytesAsync(Path.Combine(server.Folder, "blobs", "files", id[^2..], id), Deadline.Token));
        }
        Assert.That(Convert.ToHexString(hash.GetHashAndReset()), Is.EqualTo(file.Sha256));
        Assert.That(server.Process.Errors.Where(line => line.StartsWith("fail:", StringComparison.Ordinal) || line.StartsWith("crit:", StringComparison.Ordinal)), Is.Empty,
            "connections that break are nothing to report");
    }
}
