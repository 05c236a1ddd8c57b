using Microsoft.AspNetCore.SignalR;
using Microsoft.Extensions.DependencyInjection;

namespace RooCoord.Infrastructure.Backplane;

/// <summary>Registers SignalR's backplane.</summary>
public static class RedisBackplaneServices
{
    /// <summary>Every hub reaches the connections of all nodes. After AddSignalR and <see cref="PubSub.PubSubServices.AddPubSub"/>.</summary>
    public static IServiceCollection AddRedisBackplane(this IServiceCollection services) =>
        services.AddSingleton(typeof(HubLifetimeManager<>), typeof(RedisHubLifetimeManager<>));
}
