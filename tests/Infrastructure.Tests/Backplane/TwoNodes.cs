using Microsoft.AspNetCore.SignalR;
using RooCoord.Infrastructure.Backplane;
using RooCoord.Infrastructure.PubSub;
using RooCoord.Testing;

namespace RooCoord.Infrastructure.Tests.Backplane;

/// <summary>Two nodes of one deployment.</summary>
[TestFixture(Carrier.Redis)]
[TestFixture(Carrier.Postgres)]
public abstract class TwoNodes(Carrier carrier)
{
    private OpenCarrier _carrier = null!;
    private readonly List<IAsyncDisposable> _nodes = [];

    private protected string Prefix { get; private set; } = "";
    private protected RedisNode<Hub> One { get; private set; } = null!;
    private protected RedisNode<Hub> Two { get; private set; } = null!;

    /// <summary>Whether a publisher is told that nobody subscribed.</summary>
    private protected bool KnowsWhoHears => carrier == Carrier.Redis;

    private protected PubSubOptions Options => _carrier.Options(Prefix);

    [OneTimeSetUp]
    public async Task OpenAsync() => _carrier = await OpenCarrier.OpenAsync(carrier);

    [OneTimeTearDown]
    public async Task CloseAsync() => await _carrier.DisposeAsync();

    [SetUp]
    public async Task StartAsync()
    {
        Prefix = TestRedis.NewPrefix();
        (One, Two) = (await StartAsync<Hub>(), await StartAsync<Hub>());
    }

    private protected async Task<RedisNode<THub>> StartAsync<THub>(string? prefix = null, BackplaneOptions? options = null) where THub : Hub
    {
        var node = await RedisNode<THub>.StartAsync(_carrier.Options(prefix ?? Prefix), options);
        _nodes.Add(node);
        return node;
    }

    /// <summary>What came before a marker, sent from the node to another or directly.</summary>
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
