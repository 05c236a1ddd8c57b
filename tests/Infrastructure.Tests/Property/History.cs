using FsCheck;
using FsCheck.Fluent;
using RooCoord.Infrastructure.Tests.Property.Steps;

namespace RooCoord.Infrastructure.Tests.Property;

/// <summary>Steps one after another.</summary>
internal sealed class History(IReadOnlyList<Step> steps)
{
    // A new kind of step is a class and a line here.
    private static readonly Gen<Step> AnyStep = Gen.Frequency(
        (8, SendStep.Any), (2, SendAgainStep.Any), (3, OfferStep.Any), (4, ClaimStep.Any), (5, ConnectStep.Any), (2, DropStep.Any), (14, SettleStep.Any),
        (2, LateCallStep.Any), (3, ClockStep.Any), (1, SilenceStep.Any), (2, CrashStep.Any), (2, FaultStep.Any));

    // FsCheck lets the size grow from history to history.
    public static Arbitrary<History> Any { get; } = Arb.From(
        from size in Gen.Sized(size => Gen.Choose(5, 8 + size / 4)) from steps in AnyStep.ListOf(size) select new History([.. steps]),
        Shorter);

    public async Task RunAsync(Storage storage)
    {
        await using var world = await World.StartAsync(storage);
        foreach (var step in steps)
        {
            world.BeginStep();
            await step.RunAsync(world);
            await world.CheckAsync();
        }
        await Drain.RunAsync(world);
    }

    // Without half of it, a quarter, … a single step: each from every place.
    private static IEnumerable<History> Shorter(History history)
    {
        var steps = history.Steps;
        for (var length = (steps.Count + 1) / 2; length > 0; length /= 2)
            for (var at = 0; at < steps.Count; at += length)
                yield return new([.. steps.Take(at), .. steps.Skip(at + length)]);
    }

    private IReadOnlyList<Step> Steps => steps;

    public override string ToString() => string.Join('\n', steps.Select((s, i) => $"  {i + 1}. {s}"));
}
