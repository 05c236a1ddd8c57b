using Microsoft.AspNetCore.SignalR;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace RooCoord.Infrastructure.Redis.Backplane;

/// <summary>Registers Redis and SignalR's backplane on it.</summary>
public static class RedisBackplaneServices
{
    /// <summary>The process's connection to Redis, opened when the host starts.</summary>
    public static IServiceCollection AddRedis(this IServiceCollection services, RedisOptions options) => services
        .AddSingleton(options)
        .AddSingleton<RedisConnection>()
        .AddSingleton<IHostedService, RedisStartup>();

    /// <summary>Every hub reaches the connections of all nodes. After AddSignalR and <see cref="AddRedis"/>.</summary>
    public static IServiceCollection AddRedisBackplane(this IServiceCollection services) =>
        services.AddSingleton(typeof(HubLifetimeManager<>), typeof(RedisHubLifetimeManager<>));

    private sealed class RedisStartup(RedisConnection redis) : IHostedService
    {
        public Task StartAsync(CancellationToken cancellationToken) => redis.StartAsync(cancellationToken);

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}
