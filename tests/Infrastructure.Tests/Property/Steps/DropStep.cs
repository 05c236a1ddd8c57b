using FsCheck;
using FsCheck.Fluent;
using RooCoord.Application.Sessions;

namespace RooCoord.Infrastructure.Tests.Property.Steps;

/// <summary>A connection ends; the server may notice, or go on writing into nothing.</summary>
internal sealed record DropStep(int Device, bool Noticed) : Step
{
    public static Gen<Step> Any { get; } =
        from device in Gen.Choose(0, 2)
        from noticed in Gen.Elements(true, false)
        select (Step)new DropStep(device, noticed);

    public override async Task RunAsync(World world)
    {
        var mailbox = world.Mailbox(Device);
        if (mailbox.Connection is not { } connection) return;
        connection.Dead = true;
        connection.Link.Cut();
        if (Noticed) await NoticeAsync(world, mailbox);
    }

    /// <summary>The server notices that the connection is gone.</summary>
    public static async Task NoticeAsync(World world, MailboxModel mailbox)
    {
        mailbox.Connection!.Closed = true;
        await world.Node.SendAsync(new CloseSession(mailbox.Connection.Server));
        mailbox.Disconnected();
    }
}
