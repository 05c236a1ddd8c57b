using RooCoord.Testing;

namespace RooCoord.Api.Tests;

/// <summary>The 30 s of a connection, when a call names an open entry that is not in flight.</summary>
[TestFixture(Engine.Sqlite)]
[TestFixture(Engine.Postgres)]
public sealed class OpenEntryTimeTests(Engine engine) : ChainFixture(engine)
{
    [TestCase("acknowledge", true)]
    [TestCase("reject", true)]
    [TestCase("retry", true)]
    [TestCase("claim", true)]
    [TestCase("settled", false)]
    public async Task Naming_AnEntryThatWaits_RestartsThe30Seconds_OnlyWhileItIsOpen(string call, bool restarts)
    {
        var user = NewUser();
        var (sender, receiver) = (await DeviceAsync(user, "server"), await DeviceAsync(user, window: 1));
        await sender.SendToAsync(receiver.Id, priority: "high");
        Assert.That((await receiver.NextAsync()).Seq, Is.EqualTo(1));
        var id = Id();
        // The window is full: it waits.
        await sender.SendAsync(new { id, to = new { match = new { type = "desktop" }, mode = call == "claim" ? "claim" : "every" }, type = "t" });
        if (call == "settled") await receiver.RejectAsync(2);
        Clock.Advance(TimeSpan.FromSeconds(20));
        var named = Clock.GetUtcNow();
        await (call switch
        {
            "acknowledge" => receiver.AcknowledgeAsync(2),
            "retry" => receiver.RetryAsync(2, 300),
            "claim" => receiver.ClaimAsync(id),
            _ => receiver.RejectAsync(2),
        });
        var again = receiver.NextAsync();
        await UntilAsync(again, TimeSpan.FromSeconds(0.25));
        Assert.That(((await again).Seq, (await again).Attempt), Is.EqualTo((1, 2)));
        var waited = Clock.GetUtcNow() - named;
        Assert.That(waited, restarts ? Is.GreaterThanOrEqualTo(TimeSpan.FromSeconds(30)) : Is.LessThan(TimeSpan.FromSeconds(30)));
    }
}
