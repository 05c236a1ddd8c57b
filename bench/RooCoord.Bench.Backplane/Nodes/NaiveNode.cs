using Microsoft.AspNetCore.SignalR;
using RooCoord.Bench.Backplane.Naive;
using StackExchange.Redis;

namespace RooCoord.Bench.Backplane.Nodes;

/// <inheritdoc/>
internal sealed class NaiveNode : Node
{
    private static readonly TimeSpan LookInterval = TimeSpan.FromMilliseconds(10);
    private readonly ConnectionMultiplexer _redis;
    private readonly NaiveHubLifetimeManager<Hub> _hub;

    private NaiveNode(ConnectionMultiplexer redis, string prefix) => (_redis, _hub) = (redis, new(redis, new JsonProtocols(), prefix));

    public override HubLifetimeManager<Hub> Hub => _hub;

    /// <summary>A node with what the library calls connected; <paramref name="isSettled"/>: all subscriptions stand too.</summary>
    public static async Task<Node> StartAsync(string redis, string prefix, bool isSettled)
    {
        var multiplexer = await ConnectionMultiplexer.ConnectAsync(redis);
        if (isSettled) await TakesSubscriptionsAsync(multiplexer.GetSubscriber(), $"{prefix}:probe:{Guid.NewGuid():N}");
        var node = new NaiveNode(multiplexer, prefix);
        if (isSettled) await node._hub.Started;
        return node;
    }

    // The library says that it is connected when the publishing connection is.
    private static async Task TakesSubscriptionsAsync(ISubscriber subscriber, string channel)
    {
        using var deadline = new CancellationTokenSource(Client.Deadline);
        using var look = new PeriodicTimer(LookInterval);
        while (true)
        {
            await subscriber.SubscribeAsync(channel, static (_, _) => { });
            if (subscriber.SubscribedEndpoint(channel) is not null) return;
            await look.WaitForNextTickAsync(deadline.Token);
        }
    }

    public override async ValueTask DieAsync() => await _redis.CloseAsync(allowCommandsToComplete: false);

    protected override async ValueTask StopAsync() => await _redis.CloseAsync(allowCommandsToComplete: false);
}
