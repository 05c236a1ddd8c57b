using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace RooCoord.Infrastructure.PubSub;

/// <summary>Registers what carries messages between nodes.</summary>
public static class PubSubServices
{
    /// <summary>The process's connection, opened when the host starts.</summary>
    public static IServiceCollection AddPubSub(this IServiceCollection services, PubSubOptions options) => services
        .AddSingleton(options)
        .AddSingleton<PubSubConnection>()
        .AddHostedService<PubSubStartup>();

    private sealed class PubSubStartup(PubSubConnection connection) : IHostedLifecycleService
    {
        // Before anything is started that subscribes.
        public Task StartingAsync(CancellationToken cancellationToken) => connection.StartAsync(cancellationToken);

        public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;
        public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;
        public Task StoppingAsync(CancellationToken cancellationToken) => Task.CompletedTask;
        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
        public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}
