using System.Net.Http.Json;
using RooCoord.Contracts;
using RooCoord.Testing;

namespace RooCoord.Api.Tests;

/// <summary>Offers that stay open because the last step found nobody.</summary>
[TestFixture(Engine.Sqlite)]
[TestFixture(Engine.Postgres)]
public sealed class PrematureDeathTests(Engine engine) : ChainFixture(engine)
{
    [Test]
    public async Task DeclinedOffer_IsNotTheMessagesEnd_WhileAnotherIsOpen_AfterAFallbackThatFoundNobody()
    {
        var user = NewUser();
        var (sender, one, two) = (await DeviceAsync(user, "server"), await DeviceAsync(user), await DeviceAsync(user));
        using var http = Server.With(await Server.UserTokenAsync(user));
        var id = Id();
        await sender.SendAsync(Chain(id, new { match = new { type = "desktop" }, mode = "claim" }, (new { match = new { type = "browser" } }, 1)));
        await one.NextAsync();
        await two.NextAsync();
        async Task<MessageRecord> Record() => (await http.GetFromJsonAsync<MessageRecord>($"/api/v1/messages/{id}", Wire.Json))!;
        await UntilAsync(async () => (await Record()).Route.Count == 2, TimeSpan.FromMilliseconds(250));
        await one.AcknowledgeAsync(1);
        var declined = (await Record()).Deliveries.Single(d => d.Device == one.Id);
        Assert.That(await two.ClaimAsync(id), Is.True, "the other offer is still open, so the message is not given up");
        Assert.That((declined.State, declined.Reason), Is.EqualTo(("withdrawn", "declined")));
    }
}
