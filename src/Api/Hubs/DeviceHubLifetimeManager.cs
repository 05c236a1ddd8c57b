using Microsoft.AspNetCore.SignalR;
using Microsoft.Extensions.Options;

namespace RooCoord.Api.Hubs;

/// <summary>SignalR's in-process manager, which also lets the hub reach its connection, for envelopes written as bytes.</summary>
internal sealed class DeviceHubLifetimeManager(ILogger<DefaultHubLifetimeManager<DeviceHub>> logger, IOptions<HubOptions> options)
    : DefaultHubLifetimeManager<DeviceHub>(logger)
{
    public override Task OnConnectedAsync(HubConnectionContext connection)
    {
        connection.Features.Set(connection);
        connection.Features.Set(new OpenCalls());
        SilenceWatch.Watch(connection, options.Value.ClientTimeoutInterval!.Value);
        return base.OnConnectedAsync(connection);
    }
}
