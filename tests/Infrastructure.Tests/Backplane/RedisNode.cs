using Microsoft.AspNetCore.SignalR;
using Microsoft.AspNetCore.SignalR.Protocol;
using Microsoft.Extensions.Logging.Abstractions;
using RooCoord.Infrastructure.Redis;
using RooCoord.Infrastructure.Redis.Backplane;

namespace RooCoord.Infrastructure.Tests.Backplane;

/// <summary>One node's connection to Redis and its manager of one hub.</summary>
internal sealed class RedisNode<THub> : IAsyncDisposable where THub : Hub
{
    private RedisNode(RedisConnection redis, RedisHubLifetimeManager<THub> hub) => (Redis, Hub) = (redis, hub);

    public RedisConnection Redis { get; }
    public RedisHubLifetimeManager<THub> Hub { get; }

    public static async Task<RedisNode<THub>> StartAsync(string endpoint, string prefix, BackplaneOptions? options = null)
    {
        var redis = new RedisConnection(new(endpoint, prefix), NullLogger<RedisConnection>.Instance);
        await redis.StartAsync(CancellationToken.None);
        return new(redis, new(redis, new Protocols(), NullLogger<RedisHubLifetimeManager<THub>>.Instance, options));
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
        await Redis.DisposeAsync();
    }

    private sealed class Protocols : IHubProtocolResolver
    {
        public IReadOnlyList<IHubProtocol> AllProtocols { get; } = [HubClient.Json];

        public IHubProtocol? GetProtocol(string protocolName, IReadOnlyList<string>? supportedProtocols) => protocolName == HubClient.Json.Name ? HubClient.Json : null;
    }
}
