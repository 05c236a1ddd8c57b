using AutoMapper;
using MediatR;
using RooCoord.Application.Sessions;
using RooCoord.Contracts;
using RooCoord.Domain;
using DeviceDto = RooCoord.Contracts.Device;

namespace RooCoord.Application.Devices;

/// <summary>Deletes a device of the caller: its tokens are refused at once, its connection closes, its open entries are dead.</summary>
public sealed record RevokeDevice(Caller Caller, string Id) : IRequest;

internal sealed class RevokeDeviceHandler(
    IDeviceStore devices, ConnectionEnding ending, DeviceAnnouncer announcer, IMapper mapper, TimeProvider time)
    : IRequestHandler<RevokeDevice>
{
    public async Task<Unit> Handle(RevokeDevice request, CancellationToken cancellationToken)
    {
        DeviceAccess.RequireSelf(request.Caller, request.Id);
        var device = await devices.RevokeAsync(request.Caller.UserKey, request.Id, time.GetUtcNow()).ConfigureAwait(false)
            ?? throw Fault.NotFound("device");
        await ending.EndAsync(device.Key, _ => true, SessionEndReasons.Revoked).ConfigureAwait(false);
        announcer.Revoked(device.UserKey, mapper.Map<DeviceDto>(device));
        return Unit.Value;
    }
}
