using RooCoord.Domain.Devices;

namespace RooCoord.Domain.Messages;

/// <summary>Which of the devices that match are chosen.</summary>
public enum TargetMode
{
    /// <summary>All of them.</summary>
    Every,
    /// <summary>One: online before away before busy before offline, then the one seen last.</summary>
    First,
    /// <summary>All are offered it, the first to claim it has it.</summary>
    Claim,
}

/// <summary>To whom a message goes, before the user's devices are known.</summary>
public sealed class Target
{
    /// <summary>Most devices one message may have.</summary>
    public const int MaxDevices = 1000;

    private Target(IReadOnlyList<string> devices, DeviceMatch? match, TargetMode mode) => (Devices, Match, Mode) = (devices, match, mode);

    /// <summary>Device ids named; empty for all and for a match.</summary>
    public IReadOnlyList<string> Devices { get; }
    /// <summary>What devices must fulfil; null when they are named, or all.</summary>
    public DeviceMatch? Match { get; }
    /// <summary>Which of the matching ones.</summary>
    public TargetMode Mode { get; }
    /// <summary>All of the user's devices but the sender.</summary>
    public bool IsAll => Devices.Count == 0 && Match is null;
    /// <summary>Whether the devices are named one by one.</summary>
    public bool IsNamed => Devices.Count > 0;

    /// <summary>All of the user's devices but the sender.</summary>
    public static Target All { get; } = new([], null, TargetMode.Every);

    /// <summary>These devices, each once, in the order first named.</summary>
    public static Target To(IReadOnlyList<string> devices)
    {
        if (devices.Count == 0) throw Fault.Invalid("`to.devices` must name at least one device");
        if (devices.Count > MaxDevices) throw Fault.Invalid($"`to.devices` may name at most {MaxDevices} devices");
        foreach (var device in devices) Text.Require(device, "device", 1, 64);
        return new(devices.Count == 1 ? devices : [.. devices.Distinct(StringComparer.Ordinal)], null, TargetMode.Every);
    }

    /// <summary>Devices that match.</summary>
    public static Target Matching(DeviceMatch match, TargetMode mode) => new([], match, mode);

    /// <summary>Decides among the user's devices: the sender is left out unless it is named, devices of an earlier step always.</summary>
    public Choice Choose(IReadOnlyList<Device> devices, long? senderKey, IReadOnlySet<long> earlier)
    {
        if (IsNamed)
        {
            var byId = devices.Where(d => !earlier.Contains(d.Key)).ToDictionary(d => d.Id, StringComparer.Ordinal);
            Device[] named = [.. Devices.Where(byId.ContainsKey).Select(id => byId[id])];
            return new(named.Length, named, "named");
        }
        var matching = devices.Where(d => d.Key != senderKey && !earlier.Contains(d.Key) && Match?.Matches(d) != false).ToList();
        if (matching.Count == 0) return new(0, [], "nobody matches");
        if (Mode != TargetMode.First) return new(matching.Count, matching, IsAll ? "all" : Mode == TargetMode.Claim ? "offered to all that match" : "every one that matches");
        var best = matching.OrderBy(Rank).ThenByDescending(d => d.LastSeenAt ?? DateTimeOffset.MinValue).ThenBy(d => d.Key).First();
        return new(matching.Count, [best], $"the first that matches, {best.Status.ToString().ToLowerInvariant()}");
    }

    private static int Rank(Device device) => device.Status switch
    {
        DeviceStatus.Online => 0,
        DeviceStatus.Away => 1,
        DeviceStatus.Busy => 2,
        _ => 3,
    };
}

/// <summary>How a step was decided.</summary>
/// <param name="Matched">How many devices matched.</param>
/// <param name="Chosen">Who gets it.</param>
/// <param name="Reason">Why these.</param>
public sealed record Choice(int Matched, IReadOnlyList<Device> Chosen, string Reason);
