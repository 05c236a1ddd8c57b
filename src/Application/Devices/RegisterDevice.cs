using AutoMapper;
using FluentValidation;
using MediatR;
using RooCoord.Contracts;
using RooCoord.Domain.Devices;
using Device = RooCoord.Domain.Devices.Device;
using DeviceDto = RooCoord.Contracts.Device;

namespace RooCoord.Application.Devices;

/// <summary>Registers a device of the caller and gives it its first credential.</summary>
public sealed record RegisterDevice(Caller Caller, DeviceRegistration Registration) : IRequest<RegisteredDevice>;

internal sealed class RegisterDeviceValidator : AbstractValidator<RegisterDevice>
{
    public RegisterDeviceValidator()
    {
        RuleFor(r => r.Registration.Name).Named("name", required: true);
        RuleFor(r => r.Registration.Type)
            .Must(t => t is "mobile" or "desktop" or "extension" or "browser" or "server")
            .WithMessage("`type` must be mobile, desktop, extension, browser or server");
        RuleFor(r => r.Registration.Platform).Labelled("platform");
        RuleFor(r => r.Registration.AppVersion).Labelled("appVersion");
        RuleFor(r => r.Registration.Role).Labelled("role");
        RuleFor(r => r.Registration.Capabilities).Capable();
        RuleFor(r => r.Registration.Limits).Limited();
    }
}

internal sealed class RegisterDeviceHandler(
    IDeviceStore devices, ITokenIssuer tokens, DeviceAnnouncer announcer, IMapper mapper, Limits limits, TimeProvider time)
    : IRequestHandler<RegisterDevice, RegisteredDevice>
{
    public async Task<RegisteredDevice> Handle(RegisterDevice request, CancellationToken cancellationToken)
    {
        var (caller, registration) = request;
        var now = time.GetUtcNow();
        var (family, refresh) = (Ids.New(), RefreshTokens.New());
        var device = await devices.AddAsync(
            new Device
            {
                Id = Ids.New(),
                UserKey = caller.UserKey,
                UserId = caller.UserId,
                Name = registration.Name!,
                Type = Enum.Parse<DeviceType>(registration.Type!, ignoreCase: true),
                Platform = registration.Platform,
                AppVersion = registration.AppVersion,
                Capabilities = DeviceRules.Distinct(registration.Capabilities),
                MaxFileSize = registration.Limits?.MaxFileSize,
                Role = registration.Role,
                CreatedAt = now,
            },
            new(family, RefreshTokens.Hash(refresh), now), limits.DevicesPerUser).ConfigureAwait(false);
        announcer.Changed(device.UserKey, device.Id);
        var access = await tokens.IssueAsync(caller.UserId, device.Id, family, 1, cancellationToken).ConfigureAwait(false);
        return new(mapper.Map<DeviceDto>(device), new(access.Value, access.ExpiresAt, refresh));
    }
}
