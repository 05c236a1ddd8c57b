using System.Text.Json;
using RooCoord.Domain.Devices;

namespace RooCoord.Domain.Messages;

/// <summary>Where a message goes: a first step, and up to 8 to fall back to.</summary>
public sealed class Route
{
    /// <summary>Most steps after the first.</summary>
    public const int MaxFallback = 8;

    private string? _text;

    /// <summary>A route of these steps; the first one's delay is 0.</summary>
    public Route(IReadOnlyList<Step> steps)
    {
        if (steps.Count > MaxFallback + 1) throw Fault.Invalid($"`to.fallback` may have at most {MaxFallback} steps");
        Steps = steps;
    }

    /// <summary>The steps, at least one.</summary>
    public IReadOnlyList<Step> Steps { get; }

    /// <summary>Named devices and nothing else: the usual case, of which nothing but the devices needs to be kept.</summary>
    public bool IsPlain => Steps is [{ Target.IsNamed: true }];

    /// <summary>Whether something may happen after the message was committed: a fallback, or a claim.</summary>
    public bool Continues => Steps.Count > 1 || Steps[0].Target.Mode == TargetMode.Claim;

    /// <summary>A single step.</summary>
    public static implicit operator Route(Target target) => new([new(target, TimeSpan.Zero)]);

    /// <summary>The same for the same route, and only then; <see cref="Parse"/> reads it.</summary>
    public string ToText() => _text ??= JsonSerializer.Serialize(Steps.Select(s => new Row(
        s.Target.IsNamed ? s.Target.Devices : null, s.Target.Match, s.Target.Mode, (long)s.After.TotalMilliseconds)));

    /// <summary>Reads what <see cref="ToText"/> wrote.</summary>
    public static Route Parse(string text) => new(
        [.. JsonSerializer.Deserialize<List<Row>>(text)!.Select(r => new Step(
            r.Devices is { } devices ? Target.To(devices) : r.Match is { } match ? Target.Matching(match, r.Mode) : Target.All,
            TimeSpan.FromMilliseconds(r.AfterMs)))]);

    /// <summary>One step.</summary>
    /// <param name="Target">To whom.</param>
    /// <param name="After">How long after the step before it began.</param>
    public sealed record Step(Target Target, TimeSpan After);

    private sealed record Row(IReadOnlyList<string>? Devices, DeviceMatch? Match, TargetMode Mode, long AfterMs);
}
