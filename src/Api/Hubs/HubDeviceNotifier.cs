using Microsoft.AspNetCore.SignalR;
using RooCoord.Application.Devices;
using RooCoord.Application.Sessions;
using RooCoord.Contracts;

namespace RooCoord.Api.Hubs;

/// <summary>Pushes changes of devices over the hub.</summary>
internal sealed class HubDeviceNotifier(IHubContext<DeviceHub, IDeviceClient> hub, DeviceConnections connections) : IDeviceNotifier
{
    public void DeviceChanged(long userKey, Device device)
    {
        var own = connections.FindById(device.Id)?.Link.ConnectionId;
        var group = DeviceHub.GroupOf(userKey);
        _ = (own is null ? hub.Clients.Group(group) : hub.Clients.GroupExcept(group, own)).DeviceChanged(device);
    }
}
