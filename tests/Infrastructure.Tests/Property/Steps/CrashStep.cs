using FsCheck;
using FsCheck.Fluent;
using RooCoord.Application.Messages;

namespace RooCoord.Infrastructure.Tests.Property.Steps;

/// <summary>The process dies while the writer commits something, and another one starts.</summary>
internal sealed record CrashStep(Step Meanwhile, CommitFault Fault) : Step
{
    public static Gen<Step> Any { get; } =
        from step in Gen.OneOf(SendStep.Any, SettleStep.Any, ConnectStep.Any, OfferStep.Any, ClaimStep.Any)
        from fault in Gen.Elements(CommitFault.Lost, CommitFault.AnswerLost)
        select (Step)new CrashStep(step, fault);

    public override async Task RunAsync(World world)
    {
        // Its answers reach nobody any more.
        var was = world.Faulted;
        world.Faulted = true;
        world.Node.Database.FailNext(Fault);
        await Meanwhile.RunAsync(world);
        await world.CrashAsync();
        world.Faulted = was;
    }
}

/// <summary>The database fails the next commit of a step, and works again. An app repeats a call that had no answer, or leaves it at that.</summary>
internal sealed record FaultStep(Step Meanwhile, CommitFault Fault, bool Repeats) : Step
{
    public static Gen<Step> Any { get; } =
        from step in Gen.Frequency((1, SendStep.Any), (3, SettleStep.Any), (1, ConnectStep.Any), (1, DropStep.Any), (1, ClaimStep.Any))
        from fault in Gen.Elements(CommitFault.Lost, CommitFault.AnswerLost)
        from repeats in Gen.Elements(true, false)
        select (Step)new FaultStep(step, fault, repeats);

    public override async Task RunAsync(World world)
    {
        world.Faulted = true;
        world.Node.Database.FailNext(Fault);
        await Meanwhile.RunAsync(world);
        world.Node.Database.Heal();
        if (Meanwhile is not SettleStep settle) return;
        if (Repeats) await settle.RunAsync(world);
        else if (world.Mailbox(settle.Device).Connection is { } connection) connection.Uncertain = true;
    }
}
