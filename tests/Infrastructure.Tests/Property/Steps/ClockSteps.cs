using FsCheck;
using FsCheck.Fluent;

namespace RooCoord.Infrastructure.Tests.Property.Steps;

/// <summary>The clock jumps, or is set back.</summary>
internal sealed record ClockStep(int Seconds) : Step
{
    // In which a server notices that a connection is gone.
    private const int Silence = 30;
    private static readonly TimeSpan Tick = TimeSpan.FromMilliseconds(500);

    public static Gen<Step> Any { get; } =
        Gen.Elements(1, 3, 10, 31, 61, 600, 7_200, 90_000, 700_000, -5, -120, -90_000).Select(seconds => (Step)new ClockStep(seconds));

    public override async Task RunAsync(World world)
    {
        if (Seconds < 0) world.Clock.SetBack(TimeSpan.FromSeconds(-Seconds));
        else world.Pass(TimeSpan.FromSeconds(Seconds));
        await world.CheckAsync();
        world.BeginStep();
        // What a first look has found may want a second one.
        world.Pass(Tick);
        if (Seconds < Silence) return;
        foreach (var mailbox in world.Mailboxes.Where(m => m.Connection is { Dead: true })) await DropStep.NoticeAsync(world, mailbox);
    }
}

/// <summary>Nobody calls anything for so long that what is in flight is sent again, so many times.</summary>
internal sealed record SilenceStep(int Times) : Step
{
    private static readonly TimeSpan JustTooLong = TimeSpan.FromSeconds(31);

    public static Gen<Step> Any { get; } = Gen.Frequency((3, Gen.Choose(1, 2)), (1, Gen.Choose(9, 11))).Select(times => (Step)new SilenceStep(times));

    public override async Task RunAsync(World world)
    {
        for (var i = 0; i < Times; i++)
        {
            world.Pass(JustTooLong);
            await world.CheckAsync();
            world.BeginStep();
        }
    }
}
