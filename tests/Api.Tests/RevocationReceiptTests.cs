using RooCoord.Testing;

namespace RooCoord.Api.Tests;

/// <summary>Final receipts of a revoked device's entries.</summary>
[TestFixture(Engine.Sqlite)]
[TestFixture(Engine.Postgres)]
public sealed class RevocationReceiptTests(Engine engine) : ChainFixture(engine)
{
    [Test]
    public async Task Sender_HearsThatAnEntryIsDead_WhenItsDeviceIsRevoked()
    {
        var user = NewUser();
        var (sender, one) = (await DeviceAsync(user, "server"), await DeviceAsync(user));
        var id = Id();
        await sender.SendAsync(new { id, to = new { device = one.Id }, type = "t", receipts = "final" });
        await one.NextAsync();
        using var http = Server.With(await Server.UserTokenAsync(user));
        (await http.DeleteAsync($"/api/v1/devices/{one.Id}")).EnsureSuccessStatusCode();
        var again = await sender.ReconnectAsync();
        await again.ResumeAsync();
        var receipt = again.ReceiptAsync();
        await UntilAsync(receipt, TimeSpan.FromMilliseconds(100));
        Assert.That(((await receipt).Id, (await receipt).State, (await receipt).Reason), Is.EqualTo((id, "dead", "revoked")));
    }
}
