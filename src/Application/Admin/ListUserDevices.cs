using AutoMapper;
using MediatR;
using RooCoord.Application.Devices;
using RooCoord.Contracts;
using RooCoord.Domain;
using DeviceDto = RooCoord.Contracts.Device;

namespace RooCoord.Application.Admin;

/// <summary>A user's devices, oldest first.</summary>
public sealed record ListUserDevices(Caller Caller, string UserId) : IRequest<Page<DeviceDto>>, IAdminRequest
{
    /// <inheritdoc/>
    public string Action => "users.devices";
    /// <inheritdoc/>
    public string? Subject => UserId;
}

internal sealed class ListUserDevicesHandler(IUserStore users, IDeviceStore devices, IMapper mapper) : IRequestHandler<ListUserDevices, Page<DeviceDto>>
{
    public async Task<Page<DeviceDto>> Handle(ListUserDevices request, CancellationToken cancellationToken)
    {
        var user = await users.AccountAsync(request.UserId, cancellationToken).ConfigureAwait(false) ?? throw Fault.NotFound("user");
        return new(mapper.Map<List<DeviceDto>>(await devices.ListAsync(user.Key, cancellationToken).ConfigureAwait(false)));
    }
}
