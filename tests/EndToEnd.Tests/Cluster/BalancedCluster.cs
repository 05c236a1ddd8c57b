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
    private ServerCluster? _servers;
    private NginxProcess? _balancer;
    private HttpClient? _http;

    private BalancedCluster(TestDatabase database) => _database = database;

    public IReadOnlyList<ServerProcess> Nodes => _servers!.Nodes;
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
            cluster._servers = await ServerCluster.StartAsync(Count, cluster._database.Setting, _ => TestRedis.Endpoint, "--RooCoord:Limits:MessagesPerSecond=0");
            cluster._balancer = await NginxProcess.StartAsync([.. cluster.Nodes.Select(n => n.Url)]);
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
        foreach (var node in Nodes)
        {
            await node.TellToStopAsync();
            Assert.That(await node.Process.ExitAsync(), Is.Zero, () => node.Process.Transcript);
            await node.StartAgainAsync();
        }
    }

    public Task<RegisteredDevice> RegisterAsync(string name) => Nodes[0].RegisterAsync(name);

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
        if (_servers is not null) await _servers.DisposeAsync();
        await _database.DisposeAsync();
    }
}
