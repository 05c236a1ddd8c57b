using RooCoord.Testing;

namespace RooCoord.Api.Tests;

/// <summary>An offer won before this connection was sent it.</summary>
[TestFixture(Engine.Sqlite)]
[TestFixture(Engine.Postgres)]
public sealed class WonLaneTests(Engine engine) : ChainFixture(engine)
{
    [Test]
    public async Task WonEntry_SettledWhileItWaitsForRoom_IsNotSentAfterwards()
    {
        var user = NewUser();
        var (sender, one) = (await DeviceAsync(user, "server"), await DeviceAsync(user, window: 1));
        await sender.SendToAsync(one.Id);
        Assert.That((await one.NextAsync()).Seq, Is.EqualTo(1));
        // The window is full: the offer waits in memory. The app knows its id from elsewhere, or from an earlier connection.
        var id = Id();
        await sender.SendAsync(new { id, to = new { match = new { type = "desktop" }, mode = "claim" }, type = "t" });
        Assert.That(await one.ClaimAsync(id), Is.True);
        await one.AcknowledgeAsync(2);
        Assert.That((await one.ResumeAsync(window: 256)).Acknowledged, Is.EqualTo(2), "both are settled");
        await one.ExpectNothingBeforeMarkerAsync();
    }
}
