using System.Text.Json;
using FsCheck;
using FsCheck.Fluent;
using RooCoord.Application.Messages;
using RooCoord.Contracts;
using RooCoord.Domain;

namespace RooCoord.Infrastructure.Tests.Property.Steps;

/// <summary>A device sends some messages at once, to itself and others. Targets: a bit for each device, none for all.</summary>
internal sealed record SendStep(int Sender, int Targets, int Count, string Priority, int Ttl) : Step
{
    public static Gen<Step> Any { get; } =
        from sender in Gen.Choose(0, 2)
        from targets in Gen.Frequency((6, Gen.Elements(1, 2, 4)), (3, Gen.Choose(3, 7)), (1, Gen.Constant(0)))
        from count in Gen.Choose(1, 4)
        from priority in Gen.Elements("low", "normal", "normal", "normal", "high", "critical")
        from ttl in Gen.Elements(2, 20, 86_400, 86_400, 864_000)
        select (Step)new SendStep(sender, targets, count, priority, ttl);

    public override async Task RunAsync(World world)
    {
        var messages = new List<SentMessage>();
        for (var i = 0; i < Count; i++) messages.Add(Message(world));
        var answers = messages.ConvertAll(m => SendAsync(world, m));
        foreach (var answer in answers) await answer;
        foreach (var target in world.Mailboxes)
        {
            var seqs = messages.SelectMany(m => m.Answer?.Deliveries.Where(d => d.Device == target.Device.Id && d.Seq is not null) ?? []).Select(d => d.Seq!.Value);
            if (!seqs.SequenceEqual(seqs.Order())) throw new BrokenPromiseException("sends of one connection got their seqs in another order");
        }
    }

    private SentMessage Message(World world)
    {
        var id = $"{world.Mailboxes[0].Device.UserId[^6..]}-{world.Sent.Count}";
        MailboxModel[] targets = Targets == 0
            ? [.. world.Mailboxes.Where((_, i) => i != Sender)]
            : [.. world.Mailboxes.Where((_, i) => (Targets & (1 << i)) != 0)];
        object to = Targets == 0 ? new { all = true } : new { devices = targets.Select(t => t.Device.Id) };
        var text = JsonSerializer.Serialize(new { id, to, type = "t", body = id, priority = Priority, ttlSeconds = Ttl }, Wire.Json);
        var message = new SentMessage(id, Sender, targets, text, world.Latest);
        world.Sent.Add(message);
        return message;
    }

    /// <summary>Sends, for the first time or again; the answer must be the first one.</summary>
    public static async Task SendAsync(World world, SentMessage message)
    {
        var caller = world.Mailbox(message.Sender).Caller(DateTimeOffset.MaxValue);
        SendResult? result = null;
        var fault = await World.FaultOfAsync(Send());
        if (fault is FaultCode.MailboxFull && message.Answer is null) return;
        if (fault is FaultCode.Unavailable && world.Faulted) return;
        if (fault is not null) throw new BrokenPromiseException($"{message.Id} was refused: {fault}");
        if (message.Answer is { } first && !(result!.Duplicate && result.Deliveries.SequenceEqual(first.Deliveries)))
            throw new BrokenPromiseException($"{message.Id} was answered otherwise the second time");
        if (!result!.Deliveries.Select(d => d.Device).SequenceEqual(message.Targets.Select(t => t.Device.Id)))
            throw new BrokenPromiseException($"{message.Id} was confirmed for other devices");
        message.Answer ??= result;

        async Task Send() => result = await world.Node.SendAsync(new SendMessage(caller, message.Draft()));
    }
}
