using System.Net.Http.Json;
using RooCoord.Contracts;
using RooCoord.Testing;

namespace RooCoord.Api.Tests;

/// <summary>Offers, won and declined.</summary>
[TestFixture(Engine.Sqlite)]
[TestFixture(Engine.Postgres)]
public sealed class ClaimTests(Engine engine) : ChainFixture(engine)
{
    [Test]
    public async Task Acknowledge_NamingAWonEntryThatWasPutOff_SettlesIt()
    {
        var user = NewUser();
        var (sender, one) = (await DeviceAsync(user, "server"), await DeviceAsync(user));
        var id = Id();
        await sender.SendAsync(new { id, to = new { match = new { type = "desktop" }, mode = "claim" }, type = "t" });
        await one.NextAsync();
        Assert.That(await one.ClaimAsync(id), Is.True);
        await one.RetryAsync(1, 2);
        await one.AcknowledgeAsync(1);
        Assert.That((await one.ResumeAsync()).Acknowledged, Is.EqualTo(1), "the acknowledgement was answered, so the entry is settled");
    }
}
