using Microsoft.Extensions.DependencyInjection;
using RooCoord.Application;
using RooCoord.Application.Accounts;
using RooCoord.Application.Admin;
using RooCoord.Application.Cluster;
using RooCoord.Application.Devices;
using RooCoord.Application.Files;
using RooCoord.Application.Messages;
using RooCoord.Application.Sessions;
using RooCoord.Application.Shares;
using RooCoord.Infrastructure.Blobs;
using RooCoord.Infrastructure.Keys;
using RooCoord.Infrastructure.Nodes;
using RooCoord.Infrastructure.PubSub;
using RooCoord.Infrastructure.Scan;
using RooCoord.Infrastructure.Sql;
using RooCoord.Infrastructure.Sql.Accounts;
using RooCoord.Infrastructure.Sql.Files;
using RooCoord.Infrastructure.Sql.Nodes;
using RooCoord.Infrastructure.Sql.Shares;

namespace RooCoord.Infrastructure;

/// <summary>Registers the stores.</summary>
public static class InfrastructureServices
{
    /// <summary>Everything a server needs.</summary>
    public static IServiceCollection AddInfrastructure(this IServiceCollection services, StorageOptions options)
    {
        services.AddSigningKeys(options);
        services.AddSingleton<BatchMemory>();
        services.AddSingleton<GroupCommit>();
        services.AddSingleton<TimerWake>();
        services.AddSingleton<Leases>();
        services.AddSingleton<ILeases>(provider => provider.GetRequiredService<Leases>());
        services.AddSingleton<IMailbox, SqlMailbox>();
        services.AddSingleton<IReceiptStore, SqlReceiptStore>();
        services.AddSingleton<ILedger, SqlLedger>();
        services.AddSingleton<ITimerHandler, RouteTimers>();
        services.AddSingleton<ITimerHandler, RedrivenExpiry>();
        services.AddSingleton<IDeviceStore, SqlDeviceStore>();
        services.AddSingleton<ICredentialStore, SqlCredentialStore>();
        services.AddSingleton<ISessionStore, SqlSessionStore>();
        services.AddSingleton<INodeStore, SqlNodeStore>();
        services.AddSingleton<IUserStore, SqlUserStore>();
        services.AddSingleton<IAuditLog, SqlAuditLog>();
        services.AddSingleton<IErasureStore, SqlErasureStore>();
        services.AddSingleton<IUploadStore, SqlUploadStore>();
        services.AddSingleton<IFileStore, SqlFileStore>();
        services.AddSingleton<IContentStore, SqlContentStore>();
        services.AddSingleton<IShareStore, SqlShareStore>();
        services.AddSingleton<IShareGrants, ShareGrants>();
        services.AddSingleton<IFileSearch, SqlFileSearch>();
        services.AddSingleton<IFileChanges, SqlFileChanges>();
        services.AddSingleton<IFileHistory, SqlFileHistory>();
        services.AddSingleton<IFilePermissions, SqlFilePermissions>();
        services.AddSingleton<LocalUploadLocks>();
        services.AddSingleton<UploadHolders>();
        services.AddSingleton<ClusterUploadLocks>();
        services.AddSingleton<IUploadHandover>(provider => provider.GetRequiredService<ClusterUploadLocks>());
        services.AddSingleton<IUploadLocks>(provider => options.IsCluster ? provider.GetRequiredService<ClusterUploadLocks>() : provider.GetRequiredService<LocalUploadLocks>());
        services.AddSingleton<IBlobStore>(provider =>
        {
            DataFolder.Create(options.Data);
            return new ResilientBlobStore(new DiskBlobStore(options.BlobFolder, provider.GetRequiredService<Application.Files.FileOptions>().CachedBytes));
        });
        services.AddSingleton<IBlobRecords, SqlBlobRecords>();
        services.AddSingleton<IScrubRecords, SqlScrubRecords>();
        if (options.Scan.IsOn)
        {
            services.AddSingleton(options.Scan);
            services.AddSingleton<IFileScanner, ClamdScanner>();
        }
        services.AddSingleton<IReadinessProbe, DatabaseProbe>();
        services.AddSingleton<IReadinessProbe>(new DiskProbe(options));
        services.AddSingleton<IReadinessProbe>(provider => new BlobProbe(provider.GetRequiredService<IBlobStore>(), options));
        services.AddSingleton<IReadinessProbe, DamageProbe>();
        services.AddHostedService<SqlStartup>();
        if (options.IsCluster) services.AddNodeBus(options);
        services.AddSingleton<ExpirySweeper>();
        services.AddSingleton<IEntryExpiry>(provider => provider.GetRequiredService<ExpirySweeper>());
        services.AddHostedService(provider => provider.GetRequiredService<ExpirySweeper>());
        services.AddHostedService<DurableTimers>();
        services.AddSingleton(options.Retention);
        services.AddHostedService<RetentionSweeper>();
        return services;
    }

    // The last registration of a port is the one that counts: this comes after the single node's.
    private static void AddNodeBus(this IServiceCollection services, StorageOptions options)
    {
        services.AddPubSub(options.PubSub);
        services.AddSingleton<IReadinessProbe, PubSubProbe>();
        services.AddSingleton<NodeBus>();
        services.AddSingleton<INodeBus>(provider => provider.GetRequiredService<NodeBus>());
        services.AddHostedService(provider => provider.GetRequiredService<NodeBus>());
    }

    /// <summary>The clock: this machine's, or, on PostgreSQL, the database's.</summary>
    public static IServiceCollection AddClock(this IServiceCollection services, StorageOptions options)
    {
        if (options.IsEmbedded) return services.AddSingleton(TimeProvider.System);
        services.AddSingleton<DatabaseTime>();
        services.AddHostedService<DatabaseTimeSync>();
        return services.AddSingleton<TimeProvider>(provider => provider.GetRequiredService<DatabaseTime>());
    }

    /// <summary>The signing keys alone: what a command beside a running server needs.</summary>
    public static IServiceCollection AddSigningKeys(this IServiceCollection services, StorageOptions options)
    {
        services.AddSingleton<Database>(_ => options.IsEmbedded
            ? new SqliteDatabase(Path.Combine(DataFolder.Create(options.Data), "roocoord.db"))
            : new PostgresDatabase(options.Database));
        services.AddSingleton<Migrator>();
        if (options.IsEmbedded)
            services.AddSingleton<ISigningKeys>(provider => new FileSigningKeys(DataFolder.Create(options.Data), provider.GetRequiredService<TimeProvider>()));
        else
            services.AddSingleton<ISigningKeys, SqlSigningKeys>();
        return services;
    }

    /// <summary>After a restore from backup, while no server runs: raises the epoch of every mailbox; returns how many there are.</summary>
    public static async Task<int> RaiseEpochAsync(this IServiceProvider services, CancellationToken cancellationToken)
    {
        await services.GetRequiredService<Migrator>().MigrateAsync(cancellationToken).ConfigureAwait(false);
        var raised = 0;
        await services.GetRequiredService<Database>().MigrateAsync(
            async connection => raised = await EpochRaise.RunAsync(connection).ConfigureAwait(false), cancellationToken).ConfigureAwait(false);
        return raised;
    }
}
