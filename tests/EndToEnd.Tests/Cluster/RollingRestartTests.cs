using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using RooCoord.Contracts;
using RooCoord.EndToEnd.Tests.Clients;
using RooCoord.EndToEnd.Tests.Crash;
using RooCoord.EndToEnd.Tests.Relay;

namespace RooCoord.EndToEnd.Tests.Cluster;

/// <summary>
/// Each node is stopped and started again behind the balancer while devices send, receive and upload: nothing that was confirmed
/// is lost, nothing settled comes again, every file arrives, and no stock client meets what it would not try again by itself.
/// </summary>
internal abstract class RollingRestarts(CrashPlan plan, int uploads, int slowUploads, int chunkEveryMs)
{
    private const int Staying = 10;
    private const int Entering = 2;
    private const int Shown = 20;
    private const int MiB = 1 << 20;
    // From the first confirmed message on, before and after the restarts.
    private static readonly TimeSpan Margin = TimeSpan.FromSeconds(2);

    private readonly ConcurrentQueue<ScriptLine> _lines = new();

    private sealed record ScriptLine(string Event, string? What, string? Message, int Status, string? Upload, string? Sha256);

    [Test]
    public async Task RestartingNodeAfterNode_LosesNothing_AndNoClientNotices()
    {
        if (OperatingSystem.IsWindows()) Assert.Ignore("Windows has no SIGTERM to tell a process to stop, and nginx no such configuration.");
        await using var cluster = await BalancedCluster.StartAsync();
        var until = Path.Combine(cluster.Folder, "over");
        var uploader = await cluster.RegisterAsync("uploader");
        var files = new ConcurrentBag<SlowUpload>();
        var load = new CrashLoad([cluster.Url], cluster.RegisterAsync, await RelayPlan.SeedAsync(), plan);
        var (sending, sent) = (new Stopwatch(), 0);
        try
        {
            await load.RunAsync(async () =>
            {
                using var over = new CancellationTokenSource();
                Task[] others = [await BystandersAsync(cluster, until), UploadsAsync(cluster, uploader, until),
                    .. Enumerable.Range(0, slowUploads).Select(_ => SlowlyAsync(cluster, uploader, files, over.Token))];
                sending.Start();
                await load.ConfirmedAsync((int)(plan.MessagesPerSecond * Margin.TotalSeconds));
                await cluster.RestartOneByOneAsync();
                await load.ConfirmedAsync((int)(plan.MessagesPerSecond * Margin.TotalSeconds));
                sending.Stop();
                sent = load.Log.Lines().OfType<CrashLine.Confirmed>().Count();
                await System.IO.File.WriteAllTextAsync(until, "", Deadline.Token);
                await over.CancelAsync();
                await Task.WhenAll(others).Bounded();
            }).Bounded();
        }
        finally
        {
            await TestContext.Out.WriteLineAsync(string.Create(CultureInfo.InvariantCulture, $"{sent} messages in {sending.Elapsed.TotalSeconds:F1} s, {sent / sending.Elapsed.TotalSeconds:F0}/s; {load.Log.Summary()}"));
            await TestContext.Out.WriteLineAsync(Summary(files));
            foreach (var line in _lines.Where(l => l.Event is "failed" or "lost").Take(Shown)) await TestContext.Out.WriteLineAsync($"{line}");
        }
        Assert.That(CrashChecker.Check(load.Log.Lines()).Take(Shown), Is.Empty);
        Assert.That(_lines.Where(l => l is { Event: "failed", What: not null }), Is.Empty, "stock clients do not try these again");
        Assert.That(_lines.Where(l => l.Event == "lost"), Is.Empty, "tus clients gave up");
        Assert.That(_lines.Count(l => l.Event == "reconnected"), Is.GreaterThanOrEqualTo(Staying), "the devices that stay were on nodes that were restarted");
        foreach (var done in _lines.Where(l => l.Event == "done"))
            Assert.That(await StoredFiles.Sha256Async(cluster.Http, new(done.Upload!), uploader), Is.EqualTo(done.Sha256));
        foreach (var file in files) Assert.That(await StoredFiles.Sha256Async(cluster.Http, file.Address, uploader), Is.EqualTo(file.Sha256));
    }

    private string Summary(ConcurrentBag<SlowUpload> files)
    {
        var retried = _lines.Where(l => l is { Event: "failed", What: null }).CountBy(l => l.Status).OrderBy(s => s.Key).Select(s => $"{s.Value} x {s.Key}");
        return $"{_lines.Count(l => l.Event == "done")} uploads, tried again after {string.Join(", ", retried)}; "
            + $"{files.Count} slow ones, which went on {files.Sum(f => f.Continued)} times after {string.Join(", ", files.SelectMany(f => f.Interruptions).CountBy(i => i).Select(i => $"{i.Value} x {i.Key}"))}; "
            + $"{_lines.Count(l => l.Event == "entered")} fresh connections, {_lines.Count(l => l.Event == "answered")} REST calls, {_lines.Count(l => l.Event == "reconnected")} automatic reconnections";
    }

    // Returns, within its task, once they have begun.
    private async Task<Task> BystandersAsync(BalancedCluster cluster, string until)
    {
        var accounts = new List<RegisteredDevice>();
        for (var i = 0; i < Staying + Entering; i++) accounts.Add(await cluster.RegisterAsync($"bystander{i}"));
        var argument = new
        {
            Url = cluster.Url.GetLeftPart(UriPartial.Authority),
            Stay = accounts.Take(Staying).Select(a => a.Credential.AccessToken),
            Enter = accounts.Skip(Staying).Select(a => a.Credential.AccessToken),
            Asking = new { accounts[0].Device.Id, Token = accounts[0].Credential.AccessToken },
            Until = until,
            EveryMs = 50,
        };
        return RunAsync("bystanders.mjs", argument);
    }

    private Task UploadsAsync(BalancedCluster cluster, RegisteredDevice uploader, string until) => RunAsync("uploads.mjs", new
    {
        Url = cluster.Url.GetLeftPart(UriPartial.Authority),
        Token = uploader.Credential.AccessToken,
        Lanes = uploads,
        Bytes = 4 * MiB,
        Chunk = MiB / 2,
        EveryMs = chunkEveryMs,
        Until = until,
    });

    private Task RunAsync(string script, object argument) =>
        NodeScript.RunAsync<ScriptLine>(script, argument, _lines.Enqueue, TimeSpan.FromMilliseconds(Deadline.SoakMilliseconds)).Bounded();

    private static async Task SlowlyAsync(BalancedCluster cluster, RegisteredDevice uploader, ConcurrentBag<SlowUpload> files, CancellationToken hurry)
    {
        var upload = new SlowUpload(cluster.Http, uploader);
        await upload.RunAsync(hurry);
        files.Add(upload);
    }
}

/// <summary>One restart of each node under a small load, with every run of the tests.</summary>
[CancelAfter(2 * Deadline.TestMilliseconds)]
internal sealed class RollingRestartTests() : RollingRestarts(new(MessagesPerSecond: 50, Lead: 1_000), uploads: 3, slowUploads: 1, chunkEveryMs: 250);

/// <summary>The same under the load of an installation at work.</summary>
[Category("Soak")]
[CancelAfter(Deadline.SoakMilliseconds)]
internal sealed class RollingRestartSoak()
    : RollingRestarts(new(Senders: 10, Receivers: 10, Targets: 1, MessagesPerSecond: 600, Lead: 10_000), uploads: 16, slowUploads: 4, chunkEveryMs: 1_000);
