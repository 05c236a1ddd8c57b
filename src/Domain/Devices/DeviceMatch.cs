namespace RooCoord.Domain.Devices;

/// <summary>Conditions on a device; what is null does not count.</summary>
public sealed record DeviceMatch(DeviceType? Type, string? Platform, string? Capability, DeviceStatus? Status)
{
    /// <summary>Reads the words of the wire; faults with <c>invalid</c>, naming the field behind <paramref name="path"/>.</summary>
    public static DeviceMatch Parse(string? type, string? platform, string? capability, string? status, string path) =>
        new(Word<DeviceType>(type, $"{path}type"), platform, capability, Word<DeviceStatus>(status, $"{path}status"));

    /// <summary>Whether all of it is true of the device.</summary>
    public bool Matches(Device device) =>
        (Type is null || device.Type == Type) && (Status is null || device.Status == Status)
        && (Platform is null || device.Platform == Platform)
        && (Capability is null || device.Capabilities.Contains(Capability, StringComparer.Ordinal));

    private static T? Word<T>(string? word, string field) where T : struct, Enum
    {
        if (word is null) return null;
        foreach (var value in Enum.GetValues<T>())
            if (word.Equals(value.ToString().ToLowerInvariant(), StringComparison.Ordinal)) return value;
        throw Fault.Invalid($"`{field}` must be one of {string.Join(", ", Enum.GetNames<T>()).ToLowerInvariant()}");
    }
}
