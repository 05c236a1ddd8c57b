using FsCheck;
using FsCheck.Fluent;
using RooCoord.Application.Messages;
using RooCoord.Domain;

namespace RooCoord.Infrastructure.Tests.Property.Steps;

/// <summary>One of the last messages is sent again, or another one under its id.</summary>
internal sealed record SendAgainStep(int Back, bool OtherContent) : Step
{
    // Ids are remembered for 7 days.
    private static readonly TimeSpan Remembered = TimeSpan.FromDays(6);

    public static Gen<Step> Any { get; } =
        from back in Gen.Choose(1, 8)
        from other in Gen.Frequency((3, Gen.Constant(false)), (1, Gen.Constant(true)))
        select (Step)new SendAgainStep(back, other);

    public override async Task RunAsync(World world)
    {
        if (world.Sent.Count < Back || world.Sent[^Back] is not { } message || world.Latest - message.At > Remembered) return;
        if (!OtherContent) await SendStep.SendAsync(world, message);
        else if (message.Answer is not null)
        {
            var caller = world.Mailbox(message.Sender).Caller(DateTimeOffset.MaxValue);
            var fault = await World.FaultOfAsync(world.Node.SendAsync(new SendMessage(caller, message.Draft(otherContent: true))));
            if (fault is not FaultCode.Conflict && !(fault is FaultCode.Unavailable && world.Faulted)) throw new BrokenPromiseException($"other content under {message.Id} was answered with {fault}");
        }
    }
}
