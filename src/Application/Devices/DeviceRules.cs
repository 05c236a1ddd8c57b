using FluentValidation;
using RooCoord.Contracts;
using RooCoord.Domain;
using Device = RooCoord.Domain.Devices.Device;

namespace RooCoord.Application.Devices;

/// <summary>Rules that registering and patching a device share.</summary>
internal static class DeviceRules
{
    public static IRuleBuilderOptions<T, string?> Named<T>(this IRuleBuilder<T, string?> rule, string field, bool required) =>
        rule.Must(v => v is null ? !required : v.Length is >= 1 and <= 128 && !Text.IsMalformed(v))
            .WithMessage($"`{field}` must have 1 to 128 characters, none of them control characters or lone surrogates");

    public static IRuleBuilderOptions<T, string?> Labelled<T>(this IRuleBuilder<T, string?> rule, string field) =>
        rule.Must(v => v is null || (v.Length <= 64 && !Text.IsMalformed(v)))
            .WithMessage($"`{field}` must have at most 64 characters, none of them control characters or lone surrogates");

    public static IRuleBuilderOptions<T, IReadOnlyList<string?>?> Capable<T>(this IRuleBuilder<T, IReadOnlyList<string?>?> rule) =>
        rule.Must(v => v is null || (v.Count <= Device.MaxCapabilities && v.All(c => c is { Length: >= 1 and <= 64 } && !Text.IsMalformed(c))))
            .WithMessage($"`capabilities` must be at most {Device.MaxCapabilities} strings of 1 to 64 characters");

    public static IRuleBuilderOptions<T, DeviceLimits?> Limited<T>(this IRuleBuilder<T, DeviceLimits?> rule) =>
        rule.Must(v => v?.MaxFileSize is null or >= 0).WithMessage("`limits.maxFileSize` must not be negative");

    public static IReadOnlyList<string> Distinct(IReadOnlyList<string?>? capabilities) =>
        capabilities is null ? [] : [.. capabilities.OfType<string>().Distinct(StringComparer.Ordinal)];
}
