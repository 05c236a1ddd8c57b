using System.Net;
using RooCoord.EndToEnd.Tests.Processes;
using RooCoord.EndToEnd.Tests.Relay;
using RooCoord.Testing;

namespace RooCoord.EndToEnd.Tests.Crash;

/// <summary>Kill -9 under load: nothing that was confirmed is lost, nothing settled comes again, order holds.</summary>
internal abstract class CrashRounds
{
    // The soak command sets it.
    private static readonly int Rounds = Environment.GetEnvironmentVariable("ROOCOORD_SOAK") is null ? 3 : 50;
    private const int Shown = 20;
    private const string NoLimit = "--RooCoord:Limits:MessagesPerSecond=0";

    [Test]
    public async Task KillingTheServer_LosesNothingThatWasConfirmed([Values] Engine engine)
    {
        await using var database = await TestDatabase.CreateAsync(engine);
        await using var server = await ServerProcess.StartAsync(database.Folder, database.Setting, NoLimit);
        await RunAsync(server, async () =>
        {
            await server.KillAsync();
            await server.StartAgainAsync();
        });
    }

    [Test]
    public async Task KillingPostgres_LosesNothingThatWasConfirmed()
    {
        await using var folder = await TestDatabase.CreateAsync(Engine.Sqlite);
        await using var postgres = await PostgresProcess.StartAsync();
        await using var server = await ServerProcess.StartAsync(folder.Folder, postgres.Setting, NoLimit);
        await RunAsync(server, async () =>
        {
            await postgres.KillAsync();
            await postgres.StartAgainAsync();
            await Poll.UntilAsync(async () => await server.HealthAsync() == HttpStatusCode.OK, "the server is ready again");
        });
    }

    private static async Task RunAsync(ServerProcess server, Func<Task> crash)
    {
        var seed = await RelayPlan.SeedAsync();
        var load = new CrashLoad(seed, server);
        try
        {
            await load.RunAsync(Rounds, crash).Bounded();
        }
        catch
        {
            // It hung or a call was refused: what the clients have seen by then may say why.
            foreach (var violation in CrashChecker.Check(load.Log.Lines()).Take(Shown)) await TestContext.Out.WriteLineAsync(violation);
            throw;
        }
        finally
        {
            await TestContext.Out.WriteLineAsync($"{Rounds} rounds: {load.Log.Summary()}");
        }
        var violations = CrashChecker.Check(load.Log.Lines());
        Assert.That(violations, Is.Empty);
        Assert.That(load.RoundsThatInterrupted, Is.Positive, "something was killed in the middle of the sending");
    }
}

/// <summary>A few rounds, with every run of the tests.</summary>
[CancelAfter(Deadline.TestMilliseconds)]
internal sealed class CrashTests : CrashRounds;

/// <summary>Many rounds.</summary>
[Category("Soak")]
[CancelAfter(Deadline.SoakMilliseconds)]
internal sealed class CrashSoak : CrashRounds;
