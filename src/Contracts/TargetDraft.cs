namespace RooCoord.Contracts;

/// <summary>The <c>to</c> of a message, or of a fallback step; exactly one of <c>device</c>, <c>devices</c>, <c>all</c>, <c>match</c> is set.</summary>
public sealed class TargetDraft
{
    /// <summary>One device of the user.</summary>
    public string? Device { get; set; }
    /// <summary>Several devices of the user, at most 1,000.</summary>
    public IReadOnlyList<string>? Devices { get; set; }
    /// <summary>All of the user's devices but the sender.</summary>
    public bool All { get; set; }
    /// <summary>The user's devices, but the sender, of which everything given is true.</summary>
    public MatchDraft? Match { get; set; }
    /// <summary>With <see cref="Match"/>: <c>every|first|claim</c>, default <c>every</c>.</summary>
    public string? Mode { get; set; }
    /// <summary>What comes next when nobody takes it in time: at most 8 steps, not nested.</summary>
    public IReadOnlyList<FallbackDraft>? Fallback { get; set; }
    /// <summary>How many of the four ways to name devices were given.</summary>
    public int Alternatives => (Device is null ? 0 : 1) + (Devices is null ? 0 : 1) + (All ? 1 : 0) + (Match is null ? 0 : 1);

    /// <summary>To one device.</summary>
    public static TargetDraft ToDevice(string id) => new() { Device = id };
}

/// <summary>Conditions on a device; what is null does not count. Empty: any device.</summary>
public sealed class MatchDraft
{
    /// <summary><c>mobile|desktop|extension|browser|server</c>.</summary>
    public string? Type { get; set; }
    /// <summary>Exactly this platform.</summary>
    public string? Platform { get; set; }
    /// <summary>One of the device's capabilities.</summary>
    public string? Capability { get; set; }
    /// <summary><c>online|away|busy|offline</c>, at the time the step begins.</summary>
    public string? Status { get; set; }
}

/// <summary>A later step of a route.</summary>
public sealed class FallbackDraft
{
    /// <summary>To whom; without a fallback of its own.</summary>
    public TargetDraft? To { get; set; }
    /// <summary>Seconds after the step before it began, 0..2,592,000.</summary>
    public double? AfterSeconds { get; set; }
}
