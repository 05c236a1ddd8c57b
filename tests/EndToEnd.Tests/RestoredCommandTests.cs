using RooCoord.EndToEnd.Tests.Processes;
using RooCoord.Testing;

namespace RooCoord.EndToEnd.Tests;

[CancelAfter(Deadline.TestMilliseconds)]
[TestFixture(Engine.Sqlite)]
[TestFixture(Engine.Postgres)]
internal sealed class RestoredCommandTests(Engine engine)
{
    private const long FirstEpoch = 1L << 40;

    [Test]
    public async Task Restored_WhileTheServerRuns_IsRefused()
    {
        await using var server = await ServerProcess.StartAsync(engine);
        await using var device = await server.ConnectAsync("device");

        var result = await server.RunAsync("restored");

        Assert.That(result.ExitCode, Is.Not.Zero);
        Assert.That(result.Errors, Has.Some.Contains("Stop the server first"));
        Assert.That((await device.ResumeAsync().Bounded()).Epoch, Is.Zero);
    }

    [Test]
    public async Task Restored_RaisesTheEpochAndHeadOfEveryMailboxAtOnce()
    {
        await using var server = await ServerProcess.StartAsync(engine);
        var used = await server.RegisterAsync("used");
        var unused = await server.RegisterAsync("unused");
        await using (var device = await TestDevice.ConnectAsync(server.Url, used).Bounded())
        {
            for (var i = 1; i <= 3; i++) await device.SendToAsync(device.Id, $"before-{i}").Bounded();
        }

        await RestoreAsync(server);

        await using var usedAgain = await TestDevice.ConnectAsync(server.Url, used).Bounded();
        await using var unusedAgain = await TestDevice.ConnectAsync(server.Url, unused).Bounded();
        var position = await usedAgain.ResumeAsync(after: 2).Bounded();
        var untouched = await unusedAgain.ResumeAsync().Bounded();
        Assert.Multiple(() =>
        {
            Assert.That((position.Epoch, position.Head, position.Acknowledged), Is.EqualTo((1L, FirstEpoch, 2L)), "an `after` of the old epoch acknowledges");
            Assert.That((untouched.Epoch, untouched.Head, untouched.Acknowledged), Is.EqualTo((1L, FirstEpoch, FirstEpoch)), "head itself, where nothing was sent");
        });
    }

    [Test]
    public async Task Restored_WhatWasOpenComesFirst_ThenNewSeqsGoOnFromTheNewHead()
    {
        await using var server = await ServerProcess.StartAsync(engine);
        var registered = await server.RegisterAsync("device");
        await using (var device = await TestDevice.ConnectAsync(server.Url, registered).Bounded())
            await device.SendToAsync(device.Id, "before").Bounded();

        await RestoreAsync(server);

        await using var again = await TestDevice.ConnectAsync(server.Url, registered).Bounded();
        await again.ResumeAsync().Bounded();
        var sent = await again.SendToAsync(again.Id, "after").Bounded();
        var came = await again.NextAsync(2).Bounded();
        Assert.That(sent.Deliveries.Single().Seq, Is.EqualTo(FirstEpoch + 1));
        Assert.That(came.Select(m => (m.Id, m.Seq)), Is.EqualTo(new (string, long?)[] { ("before", 1), ("after", FirstEpoch + 1) }));
        Assert.That(came[1].Epoch, Is.EqualTo(1));
    }

    private static async Task RestoreAsync(ServerProcess server)
    {
        await server.KillAsync();
        (await server.RunAsync("restored")).Require("restored");
        await server.StartAgainAsync();
    }
}
