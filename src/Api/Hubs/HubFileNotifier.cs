using Microsoft.AspNetCore.SignalR;
using RooCoord.Application.Files;
using RooCoord.Contracts;

namespace RooCoord.Api.Hubs;

/// <summary>Tells of uploads and files over the hub.</summary>
internal sealed class HubFileNotifier(IHubContext<DeviceHub, IDeviceClient> hub) : IFileNotifier
{
    public void UploadProgress(long userKey, UploadProgress progress) => _ = hub.Clients.Group(DeviceHub.GroupOf(userKey)).UploadProgress(progress);

    public void FileChanged(IReadOnlyList<long> userKeys, FileChanged change) =>
        _ = hub.Clients.Groups([.. userKeys.Select(DeviceHub.GroupOf)]).FileChanged(change);
}
