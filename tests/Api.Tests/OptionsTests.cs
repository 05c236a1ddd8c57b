using RooCoord.Api.Operations;
using RooCoord.Testing;

namespace RooCoord.Api.Tests;

public sealed class OptionsTests
{
    [TestCase("--RooCoord:Limits:MailboxEntries=-1", "MailboxEntries")]
    [TestCase("--RooCoord:Limits:BodyBytes=many", "BodyBytes")]
    [TestCase("--RooCoord:Limits:BodyBytes=9999999", "BodyBytes")]
    [TestCase("--RooCoord:Limits:MessagesPerSecond=-1", "MessagesPerSecond")]
    [TestCase("--RooCoord:Limits:MessageBurst=-1", "MessageBurst")]
    [TestCase("--RooCoord:Limits:PendingCalls=-1", "PendingCalls")]
    [TestCase("--RooCoord:Limits:CallSeconds=2592001", "CallSeconds")]
    [TestCase("--RooCoord:Limits:ReportBytes=-1", "ReportBytes")]
    [TestCase("--RooCoord:Presence:ReportSeconds=0", "ReportSeconds")]
    [TestCase("--RooCoord:Presence:LastSeenSeconds=NaN", "LastSeenSeconds")]
    [TestCase("--RooCoord:Drain:Seconds=-1", "Drain:Seconds")]
    [TestCase("--RooCoord:Drain:Seconds=soon", "Drain")]
    [TestCase("--RooCoord:Drain:SpreadMilliseconds=-1", "SpreadMilliseconds")]
    [TestCase("--RooCoord:Drain:TotalSeconds=9", "TotalSeconds")]
    [TestCase("--RooCoord:Database=oracle", "RooCoord:Database")]
    [TestCase("--RooCoord:Cluster=true", "RooCoord:Cluster")]
    [TestCase("--RooCoord:Proxies=10", "RooCoord:Proxies")]
    [TestCase("--RooCoord:Proxies=10.0.0.0/8,192.0.2.5/24", "192.0.2.5/24")]
    [TestCase("--RooCoord:Auth:Authority=https://id.example.com", "Audience")]
    [TestCase("--RooCoord:Auth:Authority=nonsense", "Authority")]
    public void BadOption_IsRefusedAtStart_ByItsName(string argument, string named)
    {
        var refused = Assert.Throws<OptionsException>(() => RooCoordServer.Build([argument]));
        Assert.That(refused!.Message, Does.Contain(named));
    }

    [Test]
    public async Task LimitsOfZero_AreNoLimits()
    {
        await using var server = await TestServer.StartAsync(Engine.Sqlite, null,
            "--RooCoord:Limits:MailboxEntries=0", "--RooCoord:Limits:BodyBytes=0", "--RooCoord:Limits:WindowBytes=0", "--RooCoord:Limits:DevicesPerUser=0", "--RooCoord:Limits:FrameBytes=0");
        var (sender, receiver) = (await server.ConnectAsync(), await server.ConnectAsync());
        await receiver.ResumeAsync();
        await sender.SendToAsync(receiver.Id, body: new string('x', 3_000_000));
        await sender.SendAsync(new { id = "e", to = new { device = receiver.Id }, type = "t", durability = "ephemeral", body = 1 });
        Assert.That((await receiver.NextAsync(2)).Select(m => m.Body.ToString().Length), Is.EquivalentTo(new[] { 3_000_000, 1 }));
    }
}
