using Microsoft.AspNetCore.SignalR;
using RooCoord.Infrastructure.Redis.Backplane;
using RooCoord.Testing;

namespace RooCoord.Infrastructure.Tests.Backplane;

/// <summary>Two nodes of one deployment on the shared Redis.</summary>
public abstract class TwoNodes
{
    private readonly List<IAsyncDisposable> _nodes = [];

    private protected string Prefix { get; private set; } = "";
    private protected RedisNode<Hub> One { get; private set; } = null!;
    private protected RedisNode<Hub> Two { get; private set; } = null!;

    [SetUp]
    public async Task StartAsync()
    {
        Prefix = TestRedis.NewPrefix();
        (One, Two) = (await StartAsync<Hub>(), await StartAsync<Hub>());
    }

    private protected async Task<RedisNode<THub>> StartAsync<THub>(string? prefix = null, BackplaneOptions? options = null) where THub : Hub
    {
        var node = await RedisNode<THub>.StartAsync(TestRedis.Endpoint, prefix ?? Prefix, options);
        _nodes.Add(node);
        return node;
    }

    /// <summary>What came before a marker, sent from the node over Redis or directly.</summary>
    private protected static async Task AssertNothingCameAsync(HubClient client, RedisNode<Hub> from)
    {
        await from.Hub.SendConnectionAsync(client.Id, "Hello", ["marker"]);
        Assert.That(await client.NextTextAsync(), Is.EqualTo("marker"));
    }

    [TearDown]
    public async Task StopAsync()
    {
        foreach (var node in _nodes) await node.DisposeAsync();
        _nodes.Clear();
    }
}
