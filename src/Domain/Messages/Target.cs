namespace RooCoord.Domain.Messages;

/// <summary>To whom a message goes, before the user's devices are known.</summary>
public sealed class Target
{
    /// <summary>Most devices one message may have.</summary>
    public const int MaxDevices = 1000;

    private Target(IReadOnlyList<string> devices, bool all) => (Devices, IsAll) = (devices, all);

    /// <summary>Device ids named; empty for <see cref="IsAll"/>.</summary>
    public IReadOnlyList<string> Devices { get; }
    /// <summary>All of the user's devices but the sender.</summary>
    public bool IsAll { get; }

    /// <summary>All of the user's devices but the sender.</summary>
    public static Target All { get; } = new([], true);

    /// <summary>These devices, each once, in the order first named.</summary>
    public static Target To(IReadOnlyList<string> devices)
    {
        if (devices.Count == 0) throw Fault.Invalid("`to.devices` must name at least one device");
        if (devices.Count > MaxDevices) throw Fault.Invalid($"`to.devices` may name at most {MaxDevices} devices");
        foreach (var device in devices) Text.Require(device, "device", 1, 64);
        return new(devices.Count == 1 ? devices : [.. devices.Distinct(StringComparer.Ordinal)], false);
    }
}
