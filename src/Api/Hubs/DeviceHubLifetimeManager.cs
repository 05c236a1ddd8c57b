using Microsoft.AspNetCore.SignalR;

namespace RooCoord.Api.Hubs;

/// <summary>SignalR's in-process manager, which also lets the hub reach its connection, for envelopes written as bytes.</summary>
internal sealed class DeviceHubLifetimeManager(ILogger<DefaultHubLifetimeManager<DeviceHub>> logger) : DefaultHubLifetimeManager<DeviceHub>(logger)
{
    public override Task OnConnectedAsync(HubConnectionContext connection)
    {
        connection.Features.Set(connection);
        return base.OnConnectedAsync(connection);
    }
}
