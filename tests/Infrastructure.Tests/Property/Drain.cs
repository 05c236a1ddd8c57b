using RooCoord.Infrastructure.Tests.Property.Steps;

namespace RooCoord.Infrastructure.Tests.Property;

/// <summary>The end of every history: all devices come back and settle what they get, until nothing is open.</summary>
internal static class Drain
{
    private const int Window = 64;
    private const int MostRounds = 100;
    private static readonly TimeSpan Tick = TimeSpan.FromSeconds(1);

    public static async Task RunAsync(World world)
    {
        for (var i = 0; i < world.Mailboxes.Count; i++) await StepAsync(world, new ConnectStep(i, Window, 0));
        for (var round = 0; world.Mailboxes.Exists(m => m.Table.Rows.Values.Any(r => r.IsOpen)); round++)
        {
            if (round == MostRounds) throw new BrokenPromiseException($"something stays open: {string.Join(", ", world.Mailboxes.SelectMany(m => m.Table.Rows.Values).Where(r => r.IsOpen))}");
            for (var i = 0; i < world.Mailboxes.Count; i++)
            {
                // Access tokens end meanwhile.
                if (world.Mailbox(i).Connection is null) await StepAsync(world, new ConnectStep(i, Window, 0));
                while (world.Mailbox(i).InHand.Count > 0) await StepAsync(world, new SettleStep(i, SettleCall.Acknowledge, Pick.LastInHand, 0, 0));
            }
            await PassAsync(world);
        }
    }

    // To where the next entry that was put off comes back.
    private static async Task PassAsync(World world)
    {
        var now = world.Clock.GetUtcNow();
        var due = world.Mailboxes.SelectMany(m => m.Table.Rows.Values).Where(r => r.IsOpen && r.DueAt > now).Min(r => r.DueAt);
        world.BeginStep();
        world.Pass((due - now ?? TimeSpan.Zero) + Tick);
        await world.CheckAsync();
    }

    private static async Task StepAsync(World world, Step step)
    {
        world.BeginStep();
        await step.RunAsync(world);
        await world.CheckAsync();
    }
}
