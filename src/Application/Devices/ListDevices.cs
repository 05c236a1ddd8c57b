using AutoMapper;
using MediatR;
using RooCoord.Contracts;
using RooCoord.Domain;
using RooCoord.Domain.Devices;
using Device = RooCoord.Domain.Devices.Device;
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
        var type = Parse<DeviceType>(request.Type, "type");
        var status = Parse<DeviceStatus>(request.Status, "status");
        var all = await devices.ListAsync(request.Caller.UserKey, cancellationToken).ConfigureAwait(false);
        var matching = all.Where(d => Matches(d, request, type, status));
        return new(mapper.Map<List<DeviceDto>>(matching));
    }

    private static bool Matches(Device device, ListDevices request, DeviceType? type, DeviceStatus? status) =>
        (type is null || device.Type == type) && (status is null || device.Status == status)
        && (request.Platform is null || device.Platform == request.Platform)
        && (request.Capability is null || device.Capabilities.Contains(request.Capability, StringComparer.Ordinal));

    private static T? Parse<T>(string? word, string field) where T : struct, Enum
    {
        if (word is null) return null;
        foreach (var value in Enum.GetValues<T>())
            if (word.Equals(value.ToString().ToLowerInvariant(), StringComparison.Ordinal)) return value;
        throw Fault.Invalid($"`{field}` must be one of {string.Join(", ", Enum.GetNames<T>()).ToLowerInvariant()}");
    }
}
