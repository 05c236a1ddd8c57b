using Microsoft.Extensions.Hosting;
using RooCoord.Application.Sessions;

namespace RooCoord.Infrastructure.Sql;

/// <summary>Before anything is served: the schema, the writer, and sessions a dead process left connected.</summary>
internal sealed class SqlStartup(Migrator migrator, GroupCommit commit, ISessionStore sessions, TimeProvider time) : IHostedLifecycleService
{
    public async Task StartingAsync(CancellationToken cancellationToken)
    {
        await migrator.MigrateAsync(cancellationToken).ConfigureAwait(false);
        await commit.StartAsync(cancellationToken).ConfigureAwait(false);
        await sessions.DisconnectAllAsync(time.GetUtcNow()).ConfigureAwait(false);
    }

    // After the last connection has closed and noted what was in flight.
    public Task StoppedAsync(CancellationToken cancellationToken) => commit.StopAsync(cancellationToken);

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppingAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
