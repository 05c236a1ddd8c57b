using Microsoft.Extensions.DependencyInjection;
using RooCoord.Application.Files;
using RooCoord.Application.Messages;
using RooCoord.Application.Sessions;

namespace RooCoord.Application.Cluster;

/// <summary>Registers what makes several nodes one; with the bus of a single node all of it is idle.</summary>
internal static class ClusterServices
{
    public static IServiceCollection AddCluster(this IServiceCollection services)
    {
        services.AddSingleton<OwnNode>();
        services.AddSingleton<INodeBus, SingleNode>();
        services.AddSingleton<ClusterMailboxSignal>();
        services.AddSingleton<IMailboxSignal>(provider => provider.GetRequiredService<INodeBus>().IsCluster
            ? provider.GetRequiredService<ClusterMailboxSignal>()
            : provider.GetRequiredService<LocalMailboxSignal>());
        services.AddSingleton<RemoteReceipts>();
        services.AddHostedService<ReceiptForwarder>();
        services.AddSingleton<FencesElsewhere>();
        services.AddSingleton<DeviceDirectory>();
        services.AddSingleton<RemoteEphemerals>();
        services.AddSingleton(provider => new NodeInbox(
            provider.GetRequiredService<DeviceConnections>(), provider.GetRequiredService<LocalMailboxSignal>(),
            provider.GetRequiredService<FenceCheck>(), provider.GetRequiredService<IEntryExpiry>(), provider.GetRequiredService<IUploadHandover>(),
            provider.GetRequiredService<UploadProgressTracker>()));
        services.AddHostedService<NodeWatch>();
        return services;
    }
}
