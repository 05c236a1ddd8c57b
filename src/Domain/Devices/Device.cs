namespace RooCoord.Domain.Devices;

/// <summary>What a device is.</summary>
public enum DeviceType
{
    /// <summary>A phone or tablet.</summary>
    Mobile,
    /// <summary>A desktop program.</summary>
    Desktop,
    /// <summary>An extension of an editor or browser.</summary>
    Extension,
    /// <summary>A page in a browser.</summary>
    Browser,
    /// <summary>A headless box.</summary>
    Server,
}

/// <summary>Where a device stands; follows its connection.</summary>
public enum DeviceStatus
{
    /// <summary>Not connected.</summary>
    Offline,
    /// <summary>Connected.</summary>
    Online,
    /// <summary>Connected, its user elsewhere.</summary>
    Away,
    /// <summary>Connected, not to be disturbed.</summary>
    Busy,
}

/// <summary>A device of a user. <see cref="Key"/> is the narrow key the stores use; <see cref="Id"/> is what the wire shows.</summary>
public sealed record Device
{
    /// <summary>Most capabilities a device may name.</summary>
    public const int MaxCapabilities = 64;

    /// <summary>Narrow key, never on the wire.</summary>
    public long Key { get; init; }
    /// <summary>Opaque id.</summary>
    public required string Id { get; init; }
    /// <summary>Its user's narrow key.</summary>
    public required long UserKey { get; init; }
    /// <summary>Its user.</summary>
    public required string UserId { get; init; }
    /// <summary>1..128 characters.</summary>
    public required string Name { get; init; }
    /// <summary>What it is.</summary>
    public required DeviceType Type { get; init; }
    /// <summary>At most 64 characters.</summary>
    public string? Platform { get; init; }
    /// <summary>At most 64 characters.</summary>
    public string? AppVersion { get; init; }
    /// <summary>What it can do.</summary>
    public IReadOnlyList<string> Capabilities { get; init; } = [];
    /// <summary>Bytes it takes at most, or null.</summary>
    public long? MaxFileSize { get; init; }
    /// <summary>The app's own word.</summary>
    public string? Role { get; init; }
    /// <summary>What it reported last: the JSON text of an object.</summary>
    public string? Telemetry { get; init; }
    /// <summary>Where it stands.</summary>
    public DeviceStatus Status { get; init; }
    /// <summary>When it was last connected.</summary>
    public DateTimeOffset? LastSeenAt { get; init; }
    /// <summary>When it was registered.</summary>
    public required DateTimeOffset CreatedAt { get; init; }
    /// <summary>When it was deleted.</summary>
    public DateTimeOffset? RevokedAt { get; init; }
}
