using FsCheck;
using FsCheck.Fluent;
using MediatR;
using RooCoord.Application.Messages;
using RooCoord.Domain;

namespace RooCoord.Infrastructure.Tests.Property.Steps;

/// <summary>How a seq is chosen.</summary>
internal enum Pick
{
    /// <summary>Of those that arrived on this connection and are open.</summary>
    InHand,
    /// <summary>The last of those.</summary>
    LastInHand,
    /// <summary>Any up to the head: settled, put off, not yet sent, or 0.</summary>
    Any,
    /// <summary>Beyond the head.</summary>
    Beyond,
}

/// <summary>What is called about a seq.</summary>
internal enum SettleCall
{
    /// <summary><c>Acknowledge</c>.</summary>
    Acknowledge,
    /// <summary><c>Reject</c>.</summary>
    Reject,
    /// <summary><c>Retry</c>.</summary>
    Retry,
    /// <summary><c>Working</c>.</summary>
    Working,
}

/// <summary>A connected device calls something about a seq.</summary>
internal sealed record SettleStep(int Device, SettleCall Call, Pick Pick, int Number, int AfterSeconds) : Step
{
    public static Gen<Step> Any { get; } =
        from device in Gen.Choose(0, 2)
        from call in Gen.Elements(SettleCall.Acknowledge, SettleCall.Acknowledge, SettleCall.Acknowledge, SettleCall.Reject, SettleCall.Retry, SettleCall.Retry, SettleCall.Working)
        from pick in Gen.Frequency((5, Gen.Constant(Pick.InHand)), (3, Gen.Constant(Pick.LastInHand)), (4, Gen.Constant(Pick.Any)), (1, Gen.Constant(Pick.Beyond)))
        from number in Gen.Choose(0, 30)
        from seconds in Gen.Elements(0, 0, 5, 60, 7_200)
        select (Step)new SettleStep(device, call, pick, number, seconds);

    public override Task RunAsync(World world) => Choose(world.Mailbox(Device)) is { } seq ? CallAsync(world, seq) : Task.CompletedTask;

    private async Task CallAsync(World world, long seq)
    {
        var mailbox = world.Mailbox(Device);
        if (mailbox.Connection is not { Dead: false } connection) return;
        IRequest<Unit> request = Call switch
        {
            SettleCall.Acknowledge => new Acknowledge(connection.Server, seq),
            SettleCall.Reject => new RejectEntry(connection.Server, seq, "no"),
            SettleCall.Retry => new RetryEntry(connection.Server, seq, AfterSeconds),
            _ => new MarkWorking(connection.Server, seq),
        };
        var fault = await World.FaultOfAsync(world.Node.SendAsync(request));
        Note(mailbox.Calls, seq, answered: fault is null);
        var invalid = Pick == Pick.Beyond && Call != SettleCall.Working;
        // After a lost answer to an opening, the server knows of a connection that nobody has.
        if (fault is FaultCode.Unavailable or FaultCode.Conflict && world.Faulted) return;
        if (fault != (invalid ? FaultCode.Invalid : null)) throw new BrokenPromiseException($"{Call}({seq}) was answered with {fault?.ToString() ?? "well"}");
    }

    private long? Choose(MailboxModel mailbox) => Pick switch
    {
        Pick.Any => Number % (mailbox.Table.Head + 1),
        Pick.Beyond => mailbox.Table.Head + 1 + Number,
        _ when mailbox.InHand.Count == 0 => null,
        Pick.LastInHand => mailbox.InHand[^1],
        _ => mailbox.InHand[Number % mailbox.InHand.Count],
    };

    private void Note(StepCalls calls, long seq, bool answered)
    {
        if (Call == SettleCall.Acknowledge) calls.Acknowledge(seq, answered);
        else if (Call == SettleCall.Reject) calls.Reject(seq, answered);
        else if (Call == SettleCall.Retry) calls.Retry(seq, answered);
    }
}
