using RooCoord.EndToEnd.Tests.Clients;
using RooCoord.EndToEnd.Tests.Processes;
using RooCoord.EndToEnd.Tests.Relay;
using RooCoord.Testing;

namespace RooCoord.EndToEnd.Tests;

[CancelAfter(Deadline.TestMilliseconds)]
[TestFixture(Engine.Sqlite)]
[TestFixture(Engine.Postgres)]
internal sealed class RelayTests(Engine engine)
{
    private const int Messages = 1_000;

    [Test]
    public async Task Messages_WhileTheReceiverComesAndGoes_AllArriveInOrder([Values] Client client)
    {
        await using var server = await ServerProcess.StartAsync(engine);
        await using var line = new BreakableLine(server.Url);
        var plan = await RelayPlan.MakeAsync(server, line, Messages);
        var log = new RelayLog(Messages);

        await plan.RunAsync(client, log).Bounded();

        await PrintAsync(log);
        Assert.That(log.Count(RelayEvent.Left) + log.Count(RelayEvent.Cut), Is.GreaterThan(3), "the receiver came and went");
        log.AssertNothingIsLost(Messages);
        log.AssertAttemptsCount(afterCrash: false);
    }

    [Test]
    public async Task Messages_WhileTheServerIsKilledInTheMiddle_AllThatWasConfirmedArrivesInOrder([Values] Client client)
    {
        await using var server = await ServerProcess.StartAsync(engine);
        await using var line = new BreakableLine(server.Url);
        var plan = await RelayPlan.MakeAsync(server, line, Messages);
        var log = new RelayLog(new Random(plan.Seed).Next(Messages / 4, Messages * 3 / 4));

        var running = plan.RunAsync(client, log);
        await await Task.WhenAny(running, log.EnoughConfirmed).Bounded();
        await server.KillAsync();
        var confirmedBefore = log.Count(RelayEvent.Confirmed);
        await server.StartAgainAsync();
        await running.Bounded();

        await PrintAsync(log);
        Assert.That(confirmedBefore, Is.LessThan(Messages), "the server was killed in the middle");
        log.AssertNothingIsLost(Messages);
        log.AssertAttemptsCount(afterCrash: true);
    }

    private static Task PrintAsync(RelayLog log)
    {
        var received = log.Of(RelayEvent.Received);
        return TestContext.Out.WriteLineAsync(
            $"{log.Count(RelayEvent.Confirmed)} confirmed, {log.Of(RelayEvent.Confirmed).Count(e => e.Duplicate)} of them on a second try; "
            + $"{received.Count} received, {received.Count - received.DistinctBy(e => e.Seq).Count()} of them again; "
            + $"left {log.Count(RelayEvent.Left)} times, cut {log.Count(RelayEvent.Cut)} times, returned {log.Count(RelayEvent.Returned)} times");
    }
}
