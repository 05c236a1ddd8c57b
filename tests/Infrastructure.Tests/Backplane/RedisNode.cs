using Microsoft.AspNetCore.SignalR;
using Microsoft.AspNetCore.SignalR.Protocol;
using Microsoft.Extensions.Logging.Abstractions;
using RooCoord.Infrastructure.PubSub;
using RooCoord.Infrastructure.Backplane;

namespace RooCoord.Infrastructure.Tests.Backplane;

/// <summary>One node's connection to the others and its manager of one hub.</summary>
internal sealed class RedisNode<THub> : IAsyncDisposable where THub : Hub
{
    private RedisNode(PubSubConnection pubSub, RedisHubLifetimeManager<THub> hub) => (PubSub, Hub) = (pubSub, hub);

    public PubSubConnection PubSub { get; }
    public RedisHubLifetimeManager<THub> Hub { get; }

    public static async Task<RedisNode<THub>> StartAsync(PubSubOptions carrier, BackplaneOptions? options = null)
    {
        var pubSub = new PubSubConnection(carrier, NullLogger<PubSubConnection>.Instance);
        await pubSub.StartAsync(CancellationToken.None);
        return new(pubSub, new(pubSub, new Protocols(), NullLogger<RedisHubLifetimeManager<THub>>.Instance, options));
    }

    public async Task<HubClient> ConnectAsync(string? user = null)
    {
        var client = new HubClient(user);
        await Hub.OnConnectedAsync(client.Context).WaitAsync(HubClient.Deadline);
        return client;
    }

    public async ValueTask DisposeAsync()
    {
        await Hub.DisposeAsync();
        await PubSub.DisposeAsync();
    }

    private sealed class Protocols : IHubProtocolResolver
    {
        public IReadOnlyList<IHubProtocol> AllProtocols { get; } = [HubClient.Json];

        public IHubProtocol? GetProtocol(string protocolName, IReadOnlyList<string>? supportedProtocols) => protocolName == HubClient.Json.Name ? HubClient.Json : null;
    }
}
