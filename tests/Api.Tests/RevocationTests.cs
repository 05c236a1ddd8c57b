using RooCoord.Testing;

namespace RooCoord.Api.Tests;

/// <summary>Revoking a device ends its entries, with all that follows from the end of an entry.</summary>
[TestFixture(Engine.Sqlite)]
[TestFixture(Engine.Postgres)]
public sealed class RevocationTests(Engine engine) : ChainFixture(engine)
{
    private async Task DeleteAsync(string user, TestDevice device)
    {
        using var http = Server.With(await Server.UserTokenAsync(user));
        (await http.DeleteAsync($"/api/v1/devices/{device.Id}")).EnsureSuccessStatusCode();
    }

    [Test]
    public async Task FallbackStep_BeginsAtOnce_WhenTheOnlyDeviceOfTheStepBeforeIsRevoked()
    {
        var user = NewUser();
        var (sender, one, two) = (await DeviceAsync(user, "server"), await DeviceAsync(user), await DeviceAsync(user, "mobile"));
        var id = Id();
        await sender.SendAsync(Chain(id, new { device = one.Id }, (new { device = two.Id }, 100_000)));
        await one.NextAsync();
        await DeleteAsync(user, one);
        var next = two.NextAsync();
        await UntilAsync(next, TimeSpan.FromMilliseconds(250));
        Assert.That((await next).Id, Is.EqualTo(id));
    }

    [Test]
    public async Task ClaimWhoseLastOfferIsRevoked_GoesToTheFallbackAtOnce()
    {
        var user = NewUser();
        var (sender, one, two, last) = (await DeviceAsync(user, "server"), await DeviceAsync(user), await DeviceAsync(user), await DeviceAsync(user, "mobile"));
        var id = Id();
        await sender.SendAsync(Chain(id, new { match = new { type = "desktop" }, mode = "claim" }, (new { device = last.Id }, 100_000)));
        await one.NextAsync();
        await one.AcknowledgeAsync(1);
        await two.NextAsync();
        await DeleteAsync(user, two);
        var next = last.NextAsync();
        await UntilAsync(next, TimeSpan.FromMilliseconds(250));
        Assert.That((await next).Id, Is.EqualTo(id));
    }
}
