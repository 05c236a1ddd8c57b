using System.Net.WebSockets;
using RooCoord.Contracts;
using RooCoord.EndToEnd.Tests.Processes;
using RooCoord.Testing;

namespace RooCoord.EndToEnd.Tests.Cluster;

/// <summary>Three nodes on one PostgreSQL, one Redis and one folder of blobs, behind nginx.</summary>
internal sealed class BalancedCluster : IAsyncDisposable
{
    private const int Count = 3;

    private readonly TestDatabase _database;
    private readonly List<ServerProcess> _nodes = [];
    private NginxProcess? _balancer;
    private HttpClient? _http;

    private BalancedCluster(TestDatabase database) => _database = database;

    public IReadOnlyList<ServerProcess> Nodes => _nodes;
    public NginxProcess Balancer => _balancer!;
    /// <summary>Where clients find it.</summary>
    public Uri Url => Balancer.Url;
    /// <summary>Through the balancer.</summary>
    public HttpClient Http => _http!;
    /// <summary>A folder of the test's own.</summary>
    public string Folder => _database.Folder;

    public static async Task<BalancedCluster> StartAsync()
    {
        var cluster = new BalancedCluster(await TestDatabase.CreateAsync(Engine.Postgres));
        try
        {
            string[] shared = [$"--RooCoord:Redis={TestRedis.Endpoint}", $"--RooCoord:RedisPrefix={TestRedis.NewPrefix()}",
                $"--RooCoord:Blobs={Path.Combine(cluster.Folder, "blobs")}", "--RooCoord:Limits:MessagesPerSecond=0"];
            var starting = Enumerable.Range(0, Count)
                .Select(i => ServerProcess.StartAsync(Path.Combine(cluster.Folder, $"node{i}"), cluster._database.Setting, shared)).ToList();
            await foreach (var started in Task.WhenEach(starting)) cluster._nodes.Add(await started);
            cluster._balancer = await NginxProcess.StartAsync([.. cluster._nodes.Select(n => n.Url)]);
            cluster._http = new() { BaseAddress = cluster.Url, Timeout = Timeout.InfiniteTimeSpan };
            return cluster;
        }
        catch
        {
            await cluster.DisposeAsync();
            throw;
        }
    }

    /// <summary>Stops each node as an operator would, and starts it again, one after the other.</summary>
    public async Task RestartOneByOneAsync()
    {
        foreach (var node in _nodes)
        {
            await node.TellToStopAsync();
            Assert.That(await node.Process.ExitAsync(), Is.Zero, () => node.Process.Transcript);
            await node.StartAgainAsync();
        }
    }

    public Task<RegisteredDevice> RegisterAsync(string name) => _nodes[0].RegisterAsync(name);

    public async Task<TestDevice> ConnectAsync(string name) => await TestDevice.ConnectAsync(Url, await RegisterAsync(name)).Bounded();

    public async Task<HttpResponseMessage> GetAsync(string path, RegisteredDevice device)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        request.Headers.Authorization = new("Bearer", device.Credential.AccessToken);
        return await Http.SendAsync(request, Deadline.Token);
    }

    public async Task<HttpResponseMessage> CreateUploadAsync(RegisteredDevice device, long length)
    {
        using var request = StoredFiles.Creation(device, length);
        return await Http.SendAsync(request, Deadline.Token);
    }

    /// <summary>Opens a connection and closes it: with the token in the query, for browsers cannot set headers on WebSockets.</summary>
    public async Task OpenAsBrowserAsync(RegisteredDevice device)
    {
        using var socket = new ClientWebSocket();
        await socket.ConnectAsync(new($"ws://{Url.Authority}/hubs/devices?id=1&access_token={device.Credential.AccessToken}"), Deadline.Token);
        await socket.CloseAsync(WebSocketCloseStatus.NormalClosure, null, Deadline.Token);
    }

    public async ValueTask DisposeAsync()
    {
        _http?.Dispose();
        if (_balancer is not null) await _balancer.DisposeAsync();
        foreach (var node in _nodes) await node.DisposeAsync();
        await _database.DisposeAsync();
    }
}
