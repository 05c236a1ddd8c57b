using AutoMapper;
using FluentValidation;
using MediatR;
using RooCoord.Contracts;
using RooCoord.Domain;
using DeviceDto = RooCoord.Contracts.Device;

namespace RooCoord.Application.Devices;

/// <summary>Changes what is given of a device of the caller; a device changes only itself.</summary>
public sealed record PatchDevice(Caller Caller, string Id, DevicePatch Patch) : IRequest<DeviceDto>;

internal sealed class PatchDeviceValidator : AbstractValidator<PatchDevice>
{
    public PatchDeviceValidator()
    {
        RuleFor(r => r.Patch.Name).Named("name", required: false);
        RuleFor(r => r.Patch.Platform).Labelled("platform");
        RuleFor(r => r.Patch.AppVersion).Labelled("appVersion");
        RuleFor(r => r.Patch.Role).Labelled("role");
        RuleFor(r => r.Patch.Capabilities).Capable();
        RuleFor(r => r.Patch.Limits).Limited();
    }
}

internal sealed class PatchDeviceHandler(IDeviceStore devices, DeviceAnnouncer announcer, IMapper mapper) : IRequestHandler<PatchDevice, DeviceDto>
{
    public async Task<DeviceDto> Handle(PatchDevice request, CancellationToken cancellationToken)
    {
        var (caller, id, patch) = request;
        DeviceAccess.RequireSelf(caller, id);
        var device = await devices.UpdateAsync(caller.UserKey, id, d => d with
        {
            Name = patch.Name ?? d.Name,
            Platform = patch.Platform ?? d.Platform,
            AppVersion = patch.AppVersion ?? d.AppVersion,
            Capabilities = patch.Capabilities is null ? d.Capabilities : DeviceRules.Distinct(patch.Capabilities),
            MaxFileSize = patch.Limits is null ? d.MaxFileSize : patch.Limits.MaxFileSize,
            Role = patch.Role ?? d.Role,
        }).ConfigureAwait(false) ?? throw Fault.NotFound("device");
        announcer.Changed(caller.UserKey, id);
        return mapper.Map<DeviceDto>(device);
    }
}
