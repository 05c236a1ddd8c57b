using Microsoft.AspNetCore.SignalR;
using Microsoft.Extensions.Logging.Abstractions;
using RooCoord.Infrastructure.Backplane;
using RooCoord.Infrastructure.PubSub;

namespace RooCoord.Bench.Backplane.Nodes;

/// <inheritdoc/>
internal sealed class RooCoordNode : Node
{
    private readonly PubSubConnection _pubSub;
    private readonly RedisHubLifetimeManager<Hub> _hub;

    private RooCoordNode(PubSubConnection pubSub) =>
        (_pubSub, _hub) = (pubSub, new(pubSub, new JsonProtocols(), NullLogger<RedisHubLifetimeManager<Hub>>.Instance));

    public override HubLifetimeManager<Hub> Hub => _hub;

    /// <summary>A connected node. Its calls wait by themselves for its channels.</summary>
    public static async Task<Node> StartAsync(string redis, string prefix)
    {
        var pubSub = new PubSubConnection(new RedisOptions(redis, prefix), NullLogger<PubSubConnection>.Instance);
        await pubSub.StartAsync(CancellationToken.None);
        return new RooCoordNode(pubSub);
    }

    public override ValueTask DieAsync() => _pubSub.DisposeAsync();

    protected override async ValueTask StopAsync()
    {
        await _hub.DisposeAsync();
        await _pubSub.DisposeAsync();
    }
}
