using System.Collections.Concurrent;
using RooCoord.Testing;

namespace RooCoord.Api.Tests;

/// <summary>Connections of one device that open at the same time.</summary>
[TestFixture(Engine.Sqlite)]
[TestFixture(Engine.Postgres)]
public sealed class ReplacementTests(Engine engine) : EngineFixture(engine)
{
    [Test]
    public async Task Connections_ThatOpenTogether_EndAsReplaced_AndNoneAsRevoked()
    {
        var registered = await Server.RegisterAsync(NewUser());
        var (opened, ended) = (new ConcurrentBag<TestDevice>(), new ConcurrentBag<string>());
        await Task.WhenAll(Enumerable.Range(0, 12).Select(async _ =>
        {
            try { opened.Add(await TestDevice.ConnectAsync(Server.Url, registered)); }
            catch (SessionRefusedException refused) { ended.Add(refused.Reason); }
        }));
        await using var last = await TestDevice.ConnectAsync(Server.Url, registered);
        foreach (var device in opened) ended.Add(await device.EndReason);
        Assert.That(ended, Has.Count.EqualTo(12).And.All.EqualTo("replaced"));
        Assert.That((await last.ResumeAsync()).Head, Is.Zero, "the last one stays");
    }
}
