using AutoMapper;
using MediatR;
using RooCoord.Contracts;
using RooCoord.Domain;
using RooCoord.Domain.Devices;
using DeviceDto = RooCoord.Contracts.Device;

namespace RooCoord.Application.Devices;

/// <summary>The caller's devices, oldest first; every filter given must hold.</summary>
public sealed record ListDevices(Caller Caller, string? Type, string? Capability, string? Status, string? Platform) : IRequest<Page<DeviceDto>>
{
    /// <summary>With the hub's filter.</summary>
    public static ListDevices Of(Caller caller, DeviceFilter? filter) =>
        filter?.Problem is { } problem ? throw Fault.Invalid(problem) : new(caller, filter?.Type, filter?.Capability, filter?.Status, filter?.Platform);
}

internal sealed class ListDevicesHandler(IDeviceStore devices, IMapper mapper) : IRequestHandler<ListDevices, Page<DeviceDto>>
{
    public async Task<Page<DeviceDto>> Handle(ListDevices request, CancellationToken cancellationToken)
    {
        var match = DeviceMatch.Parse(request.Type, request.Platform, request.Capability, request.Status, path: "");
        var all = await devices.ListAsync(request.Caller.UserKey, cancellationToken).ConfigureAwait(false);
        var matching = all.Where(match.Matches);
        return new(mapper.Map<List<DeviceDto>>(matching));
    }
}
