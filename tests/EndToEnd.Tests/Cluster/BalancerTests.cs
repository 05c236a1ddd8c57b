using Microsoft.AspNetCore.SignalR.Client;
using RooCoord.Contracts;
using RooCoord.EndToEnd.Tests.Clients;
using RooCoord.EndToEnd.Tests.Processes;
using RooCoord.Testing;

namespace RooCoord.EndToEnd.Tests.Cluster;

/// <summary>What clients meet behind <c>deploy/nginx.conf</c>.</summary>
[CancelAfter(Deadline.TestMilliseconds)]
internal sealed class BalancerTests
{
    private const int MiB = 1 << 20;

    private BalancedCluster _cluster = null!;
    private int _loggedBefore;

    private sealed record Entry(string Call, string? Message);

    private sealed record UploadLine(string Event, int Status, string? Upload);

    // For all tests: none stops a node, and each waits until the connections it opened are logged.
    [OneTimeSetUp]
    public async Task StartAsync()
    {
        if (OperatingSystem.IsWindows()) Assert.Ignore("The configuration is for nginx on systems with Unix paths.");
        _cluster = await BalancedCluster.StartAsync();
    }

    [OneTimeTearDown]
    public async Task StopAsync()
    {
        if (_cluster is not null) await _cluster.DisposeAsync();
    }

    [SetUp]
    public void Begin() => _loggedBefore = _cluster.Balancer.Requests().Count;

    [Test]
    public async Task AStockClient_NegotiatesOnOneNodeAndUpgradesOnAnother()
    {
        var device = await _cluster.RegisterAsync("phone");
        var account = new { Url = _cluster.Url.GetLeftPart(UriPartial.Authority), Token = device.Credential.AccessToken };

        var entries = await NodeScript.RunAsync<Entry>("entry.mjs", account);

        Assert.That(entries, Is.EqualTo(new[] { new Entry("start", null) }));
        var negotiation = await LoggedAsync(r => r is { Method: "POST", Path: "/hubs/devices/negotiate" });
        var upgrade = await LoggedAsync(r => r is { Method: "GET", Path: "/hubs/devices" });
        Assert.That((negotiation.Status, upgrade.Status), Is.EqualTo((200, 101)));
        Assert.That(upgrade.Node, Is.Not.EqualTo(negotiation.Node));
    }

    [Test]
    public async Task Requests_GoToAllNodesInTurn_AndDevicesOnDifferentOnesReachEachOther()
    {
        await using var phone = await _cluster.ConnectAsync("phone");
        await using var desktop = await _cluster.ConnectAsync("desktop");
        await desktop.ResumeAsync().Bounded();

        await phone.SendToAsync(desktop.Id, "hello").Bounded();
        Assert.That((await desktop.NextAsync().Bounded()).Id, Is.EqualTo("hello"));

        for (var i = 0; i < 2 * _cluster.Nodes.Count; i++) (await _cluster.GetAsync("/api/v1/devices", phone.Registered)).EnsureSuccessStatusCode().Dispose();
        await phone.DisposeAsync();
        await desktop.DisposeAsync();
        await Poll.UntilAsync(() => Task.FromResult(Upgrades().Count == 2), "both connections are logged");
        Assert.That(Upgrades().Distinct().Count(), Is.EqualTo(2), "the devices were on different nodes");
        Assert.That(Requests().Where(r => r.Path == "/api/v1/devices").GroupBy(r => r.Node).Select(node => node.Count()), Is.EqualTo(new[] { 2, 2, 2 }));
    }

    [Test]
    public async Task HubRequests_AreLoggedWithoutTheirToken()
    {
        var device = await _cluster.RegisterAsync("browser");

        await _cluster.OpenAsBrowserAsync(device);

        await LoggedAsync(r => r is { Method: "GET", Path: "/hubs/devices", Status: 101 });
        Assert.That(_cluster.Balancer.Logged(), Does.Not.Contain("access_token").And.Not.Contain(device.Credential.AccessToken));
    }

    [Test]
    public async Task AMessageThatIsMuchTooLarge_IsRefusedAsNodesDo()
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/api/v1/messages") { Content = new ByteArrayContent(new byte[2 * MiB]) };

        using var answer = await _cluster.Http.SendAsync(request, Deadline.Token);

        Assert.That((int)answer.StatusCode, Is.EqualTo(413));
        Assert.That(await answer.Content.ReadAsStringAsync(Deadline.Token), Does.Contain("\"code\":\"too_large\""));
    }

    [Test]
    public async Task AnUploadInChunks_OverSeveralNodes_ArrivesByteForByte()
    {
        using var file = await TemporaryFile.MakeAsync(12 * MiB);
        var device = await _cluster.RegisterAsync("phone");
        var argument = new { Url = _cluster.Url.GetLeftPart(UriPartial.Authority), Token = device.Credential.AccessToken, file.Path, Chunk = MiB, Parallel = 1 };

        var lines = await NodeScript.RunAsync<UploadLine>("upload.mjs", argument);

        Assert.That(lines.Where(l => l.Event == "failed"), Is.Empty);
        Assert.That(await StoredFiles.Sha256Async(_cluster.Http, new(lines.Single(l => l.Event == "done").Upload!), device), Is.EqualTo(file.Sha256));
        await Poll.UntilAsync(() => Task.FromResult(Chunks().Count == 12), "all chunks are logged");
        Assert.That(Chunks().Distinct().Count(), Is.EqualTo(3), "chunks went to all nodes");
    }

    [Test]
    public async Task AnUploadsBytes_ReachTheNode_WhileItsRequestGoesOn()
    {
        // Ten seconds at the pace of the polling.
        const int piece = 16 * 1024, length = 400 * piece;
        await using var device = await _cluster.ConnectAsync("phone");
        var told = new TaskCompletionSource<UploadProgress>(TaskCreationOptions.RunContinuationsAsynchronously);
        device.Hub.On<UploadProgress>(nameof(IDeviceClient.UploadProgress), p =>
        {
            if (p.ReceivedBytes > 0) told.TrySetResult(p);
        });
        using var created = await _cluster.CreateUploadAsync(device.Registered, length);
        var (sent, toldMeanwhile) = (0, false);
        using var chunk = StoredFiles.Chunk(created.Headers.Location!, device.Registered, 0, new StreamedContent(length, async stream =>
        {
            await Poll.UntilAsync(async () =>
            {
                await stream.WriteAsync(new byte[piece], Deadline.Token);
                sent += piece;
                return told.Task.IsCompleted || sent == length - piece;
            }, "progress is told, or nearly all is sent");
            toldMeanwhile = told.Task.IsCompleted;
            await stream.WriteAsync(new byte[length - sent], Deadline.Token);
        }));

        using var answer = await _cluster.Http.SendAsync(chunk, Deadline.Token);

        Assert.That(toldMeanwhile, Is.True, "progress was told before the request had ended");
        Assert.That((int)answer.StatusCode, Is.EqualTo(204));
        await device.DisposeAsync();
        await LoggedAsync(r => r.Status == 101);
    }

    private IEnumerable<AccessLine> Requests() => _cluster.Balancer.Requests().Skip(_loggedBefore);

    private List<string> Upgrades() => [.. Requests().Where(r => r.Status == 101).Select(r => r.Node)];

    private List<string> Chunks() => [.. Requests().Where(r => r.Method == "PATCH").Select(r => r.Node)];

    private Task<AccessLine> LoggedAsync(Predicate<AccessLine> wanted) =>
        Poll.UntilAsync(() => Task.FromResult(Requests().FirstOrDefault(r => wanted(r))), "the request is logged");
}
