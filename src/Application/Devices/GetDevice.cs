using AutoMapper;
using MediatR;
using RooCoord.Domain;
using DeviceDto = RooCoord.Contracts.Device;

namespace RooCoord.Application.Devices;

/// <summary>One device of the caller; a device reads only itself.</summary>
public sealed record GetDevice(Caller Caller, string Id) : IRequest<DeviceDto>;

internal sealed class GetDeviceHandler(IDeviceStore devices, IMapper mapper) : IRequestHandler<GetDevice, DeviceDto>
{
    public async Task<DeviceDto> Handle(GetDevice request, CancellationToken cancellationToken)
    {
        DeviceAccess.RequireSelf(request.Caller, request.Id);
        var device = await devices.FindAsync(request.Caller.UserKey, request.Id, cancellationToken).ConfigureAwait(false);
        return mapper.Map<DeviceDto>(device ?? throw Fault.NotFound("device"));
    }
}
