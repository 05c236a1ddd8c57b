using AutoMapper;
using RooCoord.Contracts;
using Device = RooCoord.Domain.Devices.Device;
using DeviceDto = RooCoord.Contracts.Device;
using Session = RooCoord.Domain.Sessions.Session;
using SessionDto = RooCoord.Contracts.Session;

namespace RooCoord.Application.Devices;

/// <summary>Entity to wire, for devices and their sessions.</summary>
internal sealed class DeviceProfile : Profile
{
    public DeviceProfile()
    {
        CreateMap<Device, DeviceDto>()
            .ForCtorParam(nameof(DeviceDto.Type), o => o.MapFrom(d => d.Type.ToString().ToLowerInvariant()))
            .ForCtorParam(nameof(DeviceDto.Status), o => o.MapFrom(d => d.Status.ToString().ToLowerInvariant()))
            .ForCtorParam(nameof(DeviceDto.Limits), o => o.MapFrom(d => new DeviceLimits(d.MaxFileSize)))
            .ForCtorParam(nameof(DeviceDto.Telemetry), o => o.MapFrom(d => Telemetry.Read(d.Telemetry)));
        CreateMap<Session, SessionDto>();
    }
}
