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

        Assert.That(confirmedBefore, Is.LessThan(Messages), "the server was killed in the middle");
        log.AssertNothingIsLost(Messages);
        log.AssertAttemptsCount(afterCrash: true);
    }

    [Test]
    public async Task Messages_WhileTheServerIsStoppedAndStartedInTheMiddle_AllThatWasConfirmedArrivesInOrder([Values] Client client)
    {
        if (OperatingSystem.IsWindows()) Assert.Ignore("Windows has no SIGTERM to tell a process to stop.");
        await using var server = await ServerProcess.StartAsync(engine);
        await using var line = new BreakableLine(server.Url);
        var plan = await RelayPlan.MakeAsync(server, line, Messages);
        var log = new RelayLog(new Random(plan.Seed).Next(Messages / 4, Messages * 3 / 4));

        var running = plan.RunAsync(client, log);
        await await Task.WhenAny(running, log.EnoughConfirmed).Bounded();
        await server.TellToStopAsync();
        Assert.That(await server.Process.ExitAsync(), Is.Zero, () => server.Process.Transcript);
        // Nothing is delivered once the server is told, so the receiver cannot have had everything.
        Assert.That(running.IsCompleted, Is.False, "the server was stopped in the middle");
        await server.StartAgainAsync();
        await running.Bounded();

        log.AssertNothingIsLost(Messages);
        log.AssertAttemptsCount(afterCrash: false);
    }
}
