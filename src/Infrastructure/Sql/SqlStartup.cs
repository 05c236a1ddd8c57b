using Microsoft.Extensions.Hosting;
using RooCoord.Application.Cluster;
using RooCoord.Domain;

namespace RooCoord.Infrastructure.Sql;

/// <summary>Before anything is served: the schema, the writer, this node's number, and, when it is the only one, sessions a dead process left connected.</summary>
internal sealed class SqlStartup(Migrator migrator, GroupCommit commit, Leases leases, INodeStore nodes, INodeBus bus, OwnNode own, TimeProvider time) : IHostedLifecycleService
{
    public async Task StartingAsync(CancellationToken cancellationToken)
    {
        await migrator.MigrateAsync(cancellationToken).ConfigureAwait(false);
        await commit.StartAsync(cancellationToken).ConfigureAwait(false);
        own.Key = await nodes.RegisterAsync().ConfigureAwait(false);
        if (!bus.IsCluster) await nodes.EndOthersAsync(own.Key, time.GetUtcNow()).ConfigureAwait(false);
    }

    // After the last connection has closed and noted what was in flight.
    public async Task StoppedAsync(CancellationToken cancellationToken)
    {
        // What it did once in the cluster another does at once.
        try { await Task.WhenAll(leases.ReleaseAsync(), nodes.StopAsync(own.Key)).WaitAsync(cancellationToken).ConfigureAwait(false); }
        catch (Fault) { /* Another node finds that it is gone. */ }
        await commit.StopAsync(cancellationToken).ConfigureAwait(false);
    }

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppingAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
