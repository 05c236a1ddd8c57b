using System.Text.Json;
using FsCheck;
using FsCheck.Fluent;
using RooCoord.Application.Messages;
using RooCoord.Contracts;
using RooCoord.Domain;
using Offer = RooCoord.Domain.Messages.Offer;

namespace RooCoord.Infrastructure.Tests.Property.Steps;

/// <summary>A device offers a message to all others.</summary>
internal sealed record OfferStep(int Sender, string Priority, int Ttl) : Step
{
    public static Gen<Step> Any { get; } =
        from sender in Gen.Choose(0, 2)
        from priority in Gen.Elements("normal", "normal", "high")
        from ttl in Gen.Elements(20, 86_400, 864_000)
        select (Step)new OfferStep(sender, priority, ttl);

    public override Task RunAsync(World world)
    {
        var id = $"{world.Mailboxes[0].Device.UserId[^6..]}-{world.Sent.Count}";
        var text = JsonSerializer.Serialize(new { id, to = new { match = new { }, mode = "claim" }, type = "t", body = id, priority = Priority, ttlSeconds = Ttl }, Wire.Json);
        var message = new SentMessage(id, Sender, [.. world.Mailboxes.Where((_, i) => i != Sender)], text, world.Latest);
        world.Sent.Add(message);
        return SendStep.SendAsync(world, message);
    }
}

/// <summary>A device claims one of the last messages, offered to it or not.</summary>
internal sealed record ClaimStep(int Device, int Back) : Step
{
    public static Gen<Step> Any { get; } =
        from device in Gen.Choose(0, 2)
        from back in Gen.Choose(1, 5)
        select (Step)new ClaimStep(device, back);

    public override async Task RunAsync(World world)
    {
        var mailbox = world.Mailbox(Device);
        if (world.Sent.Count < Back || world.Sent[^Back] is not { } message || mailbox.Connection is not { Dead: false } connection) return;
        var offer = mailbox.Table.Rows.Values.LastOrDefault(r => r.Id == message.Id && r.Offer != Offer.None);
        world.Claimed.Add(message.Id);
        var won = false;
        var fault = await World.FaultOfAsync(ClaimAsync());
        if (fault is FaultCode.Unavailable or FaultCode.Conflict && world.Faulted) return;
        if (fault != (offer is null ? FaultCode.NotFound : null)) throw new BrokenPromiseException($"Claim({message.Id}) was answered with {fault?.ToString() ?? "well"}");
        if (!won && offer is { IsOpen: true, Offer: Offer.Open } && !world.Winners.ContainsKey(message.Id)) throw new BrokenPromiseException($"Claim({message.Id}) was lost, and nobody has won");
        if (!won) return;
        if (world.Winners.TryGetValue(message.Id, out var first) && first != mailbox) throw new BrokenPromiseException($"{message.Id} was won twice");
        world.Winners[message.Id] = mailbox;

        async Task ClaimAsync() => won = await world.Node.SendAsync(new ClaimMessage(connection.Server, message.Id));
    }
}
