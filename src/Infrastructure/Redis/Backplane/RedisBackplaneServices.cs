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
        .AddHostedService<RedisStartup>();

    /// <summary>Every hub reaches the connections of all nodes. After AddSignalR and <see cref="AddRedis"/>.</summary>
    public static IServiceCollection AddRedisBackplane(this IServiceCollection services) =>
        services.AddSingleton(typeof(HubLifetimeManager<>), typeof(RedisHubLifetimeManager<>));

    private sealed class RedisStartup(RedisConnection redis) : IHostedLifecycleService
    {
        // Before anything is started that subscribes.
        public Task StartingAsync(CancellationToken cancellationToken) => redis.StartAsync(cancellationToken);

        public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;
        public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;
        public Task StoppingAsync(CancellationToken cancellationToken) => Task.CompletedTask;
        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
        public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}
