using RooCoord.Contracts;
using RooCoord.Domain;
using RooCoord.Domain.Devices;
using RooCoord.Domain.Messages;

namespace RooCoord.Application.Messages;

/// <summary>From the <c>to</c> of the wire to a route, and back to its explanation.</summary>
internal static class Routes
{
    /// <summary>Checks and reads; faults with <c>invalid</c>.</summary>
    public static Route Of(TargetDraft? to)
    {
        if (to is null) throw Fault.Invalid("`to` is required");
        var first = TargetOf(to, "to");
        if (to.Fallback is not { Count: > 0 } fallback) return first;
        return new([new(first, TimeSpan.Zero), .. fallback.Select(StepOf)]);
    }

    /// <summary>The route of named devices.</summary>
    public static IReadOnlyList<RouteStep> Named(IReadOnlyList<string> devices) => [new(0, devices.Count, devices, "named")];

    /// <summary>As the wire shows it.</summary>
    public static IReadOnlyList<RouteStep> ToWire(IReadOnlyList<BegunStep> steps) => [.. steps.Select(s => new RouteStep(s.Step, s.Matched, s.Chosen, s.Reason))];

    private static Route.Step StepOf(FallbackDraft step)
    {
        if (step.To is null) throw Fault.Invalid("`to.fallback.to` is required");
        if (step.AfterSeconds is not (>= 0 and <= Ttl.MaxSeconds and var after)) throw Fault.Invalid($"`to.fallback.afterSeconds` must be 0 to {Ttl.MaxSeconds}");
        return new(TargetOf(step.To, "to.fallback.to"), TimeSpan.FromMilliseconds(Math.Round(after * 1000)));
    }

    private static Target TargetOf(TargetDraft to, string path)
    {
        if (to.Alternatives != 1) throw Fault.Invalid($"`{path}` must have exactly one of device, devices, all, match");
        if (to.Match is null && to.Mode is not null) throw Fault.Invalid($"`{path}.mode` goes with match only");
        if (to.All) return Target.All;
        if (to.Match is not { } match) return Target.To(to.Devices ?? [to.Device!]);
        if (match.Platform is not null) Text.Require(match.Platform, $"{path}.match.platform", 0, 64);
        if (match.Capability is not null) Text.Require(match.Capability, $"{path}.match.capability", 1, 64);
        return Target.Matching(DeviceMatch.Parse(match.Type, match.Platform, match.Capability, match.Status, $"{path}.match."), ModeOf(to.Mode, path));
    }

    private static TargetMode ModeOf(string? word, string path) => word switch
    {
        null or "every" => TargetMode.Every,
        "first" => TargetMode.First,
        "claim" => TargetMode.Claim,
        _ => throw Fault.Invalid($"`{path}.mode` must be every, first or claim"),
    };
}
