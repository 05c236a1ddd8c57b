using FsCheck;
using FsCheck.Fluent;
using RooCoord.Application.Messages;
using RooCoord.Domain;

namespace RooCoord.Infrastructure.Tests.Property.Steps;

/// <summary>A connection that was replaced calls once more, here or, past everything that stands in memory, as one on another node would.</summary>
internal sealed record LateCallStep(int Device, SettleCall Call, int Number, bool OnAnotherNode) : Step
{
    public static Gen<Step> Any { get; } =
        from device in Gen.Choose(0, 2)
        from call in Gen.Elements(SettleCall.Acknowledge, SettleCall.Reject, SettleCall.Retry)
        from number in Gen.Choose(0, 30)
        from elsewhere in Gen.Elements(true, false)
        select (Step)new LateCallStep(device, call, number, elsewhere);

    public override async Task RunAsync(World world)
    {
        var mailbox = world.Mailbox(Device);
        if (mailbox.Replaced is not [.., { } late]) return;
        var seq = Number % (mailbox.Table.Head + 1);
        var (port, now) = (world.Node.Get<IMailbox>(), world.Clock.GetUtcNow());
        Task call = (Call, OnAnotherNode) switch
        {
            (SettleCall.Acknowledge, true) => port.AcknowledgeAsync(late.Server.Holder, seq, null),
            (SettleCall.Reject, true) => port.RejectAsync(late.Server.Holder, seq, null),
            (_, true) => port.RetryAsync(late.Server.Holder, seq, now),
            (SettleCall.Acknowledge, _) => world.Node.SendAsync(new Acknowledge(late.Server, seq)),
            (SettleCall.Reject, _) => world.Node.SendAsync(new RejectEntry(late.Server, seq, null)),
            _ => world.Node.SendAsync(new RetryEntry(late.Server, seq, 0)),
        };
        var fault = await World.FaultOfAsync(call);
        if (fault is not FaultCode.Conflict && !(fault is FaultCode.Unavailable && world.Faulted)) throw new BrokenPromiseException($"a late {Call}({seq}) was answered with {fault?.ToString() ?? "well"}");
    }
}
