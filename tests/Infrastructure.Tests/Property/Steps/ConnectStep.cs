using FsCheck;
using FsCheck.Fluent;
using RooCoord.Application.Messages;
using RooCoord.Application.Sessions;
using RooCoord.Domain;

namespace RooCoord.Infrastructure.Tests.Property.Steps;

/// <summary>A device connects, perhaps while an older connection of it is open, and resumes. After: 0, or a pick of all its seqs.</summary>
internal sealed record ConnectStep(int Device, int Window, int After) : Step
{
    private static readonly TimeSpan TokenLasts = TimeSpan.FromHours(1);

    public static Gen<Step> Any { get; } =
        from device in Gen.Choose(0, 2)
        from window in Gen.Elements(1, 2, 3, 5, 8, 64)
        from after in Gen.Frequency((3, Gen.Constant(0)), (1, Gen.Choose(1, 30)))
        select (Step)new ConnectStep(device, window, after);

    public override async Task RunAsync(World world)
    {
        var mailbox = world.Mailbox(Device);
        var link = new MemoryLink();
        var older = mailbox.Connection;
        ClientConnection? connection = null;
        if (await World.FaultOfAsync(Open()) is { } refused)
        {
            if (!world.Faulted) throw new BrokenPromiseException($"{mailbox.Device.Name} may not connect: {refused}");
            // The app that wanted a new connection has none now.
            Leave(older);
            return;
        }
        if (older is not null) mailbox.Disconnected();
        mailbox.Connected(connection!);
        await ResumeAsync(world, mailbox, connection!);

        async Task Open() => connection = new(await world.Node.SendAsync(new OpenSession(mailbox.Caller(world.Clock.GetUtcNow() + TokenLasts), link)), link, Window);
    }

    private static void Leave(ClientConnection? connection)
    {
        if (connection is null) return;
        connection.Dead = true;
        connection.Link.Cut();
    }

    private async Task ResumeAsync(World world, MailboxModel mailbox, ClientConnection connection)
    {
        var after = After == 0 ? 0 : After % (mailbox.Table.Head + 1);
        Resumed? resumed = null;
        var fault = await World.FaultOfAsync(Resume());
        if (after > 0) mailbox.Calls.Acknowledge(after, answered: fault is null);
        if (fault is not null && !(fault is FaultCode.Unavailable && world.Faulted)) throw new BrokenPromiseException($"Resume({after}) was refused: {fault}");
        if (resumed is null) return;
        if (resumed.Position.Head != mailbox.Table.Head) throw new BrokenPromiseException($"Resume says head {resumed.Position.Head}, it is {mailbox.Table.Head}");
        connection.Resumed = true;
        // The hub starts delivery once the answer is on the wire.
        connection.Server.Pump.Start();

        async Task Resume() => resumed = await world.Node.SendAsync(new ResumeDelivery(connection.Server, after, Window));
    }
}
