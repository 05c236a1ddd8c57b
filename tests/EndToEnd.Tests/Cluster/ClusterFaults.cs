using System.Net;
using RooCoord.EndToEnd.Tests.Clients;
using RooCoord.EndToEnd.Tests.Crash;
using RooCoord.EndToEnd.Tests.Processes;
using RooCoord.EndToEnd.Tests.Relay;
using RooCoord.Testing;

namespace RooCoord.EndToEnd.Tests.Cluster;

/// <summary>Parts of a cluster are lost under load: nothing that was confirmed is lost, nothing settled comes again, order holds.</summary>
internal abstract class ClusterFaults
{
    private const int Shown = 20;
    private const string NoLimit = "--RooCoord:Limits:MessagesPerSecond=0";
    // Nodes are declared dead after nine.
    private static readonly TimeSpan Frozen = TimeSpan.FromSeconds(12);
    private static readonly TimeSpan Apart = TimeSpan.FromSeconds(5);

    /// <summary>How often.</summary>
    protected abstract int Rounds { get; }
    /// <summary>How long Redis is away.</summary>
    protected abstract TimeSpan Away { get; }

    [Test]
    public async Task KillingNodes_LosesNothingThatWasConfirmed()
    {
        await using var database = await TestDatabase.CreateAsync(Engine.Postgres);
        await using var cluster = await ServerCluster.StartAsync(2, database.Setting, _ => TestRedis.Endpoint, NoLimit);
        var killed = 0;
        await RunAsync(cluster, async () =>
        {
            var node = cluster.Nodes[killed++ % cluster.Nodes.Count];
            await node.KillAsync();
            await node.StartAgainAsync();
        });
    }

    [Test]
    public async Task RedisStoppedAndEmptied_LosesNothingThatWasConfirmed()
    {
        using var redis = await new OwnRedis().StartAsync();
        await using var database = await TestDatabase.CreateAsync(Engine.Postgres);
        await using var cluster = await ServerCluster.StartAsync(2, database.Setting, _ => redis.Endpoint, NoLimit);
        await RunAsync(cluster, async () =>
        {
            redis.Stop();
            await ElapsesAsync(Away);
            await redis.StartAsync();
        });
    }

    [Test]
    public async Task ANodeCutOffFromRedis_LosesNothingThatWasConfirmed()
    {
        await using var database = await TestDatabase.CreateAsync(Engine.Postgres);
        await using var line = new BreakableLine(new Uri($"http://{TestRedis.Endpoint}"));
        await using var cluster = await ServerCluster.StartAsync(2, database.Setting, i => i == 0 ? line.Url.Authority : TestRedis.Endpoint, NoLimit);
        await RunAsync(cluster, async () =>
        {
            line.Cut();
            await ElapsesAsync(Away);
            line.Mend();
        });
    }

    [TestCase(true)]
    [TestCase(false)]
    public async Task PostgresRestarted_LosesNothingThatWasConfirmed(bool withRedis)
    {
        await using var postgres = await PostgresProcess.StartAsync();
        await using var cluster = await ServerCluster.StartAsync(2, postgres.Setting, _ => withRedis ? TestRedis.Endpoint : "", NoLimit, "--RooCoord:Cluster=true");
        await RunAsync(cluster, async () =>
        {
            await postgres.KillAsync();
            await postgres.StartAgainAsync();
            foreach (var node in cluster.Nodes) await Poll.UntilAsync(async () => await node.HealthAsync() == HttpStatusCode.OK, "the node is ready again");
        });
    }

    [Test]
    public async Task AFrozenNode_ThatWakes_SettlesNothing_AndNothingIsLost()
    {
        await using var database = await TestDatabase.CreateAsync(Engine.Postgres);
        await using var cluster = await ServerCluster.StartAsync(2, database.Setting, _ => TestRedis.Endpoint, NoLimit);
        await RunAsync(cluster, async () =>
        {
            await cluster.Nodes[0].FreezeAsync();
            await ElapsesAsync(Frozen);
            await cluster.Nodes[0].ThawAsync();
        }, rounds: 1);
        Assert.That(cluster.Nodes[0].Process.Transcript, Does.Contain("was declared dead"));
    }

    [Test]
    public async Task ClocksFiveSecondsApart_LoseNothing_AndOneNodeDies()
    {
        if (!OperatingSystem.IsLinux()) Assert.Ignore("faketime, which sets a program's clock wrong, is for Linux.");
        await using var database = await TestDatabase.CreateAsync(Engine.Postgres);
        await using var cluster = await ServerCluster.StartAsync(2, database.Setting, _ => TestRedis.Endpoint, i => i * Apart, NoLimit);
        Assert.That(cluster.Nodes[1].Process.Transcript, Does.Contain("ahead of this machine's; the database's counts"), "the clock is wrong");
        await RunAsync(cluster, async () =>
        {
            await cluster.Nodes[0].KillAsync();
            await cluster.Nodes[0].StartAgainAsync();
        });
    }

    // What is away for a while is away for as long as the clock says.
    private static async Task ElapsesAsync(TimeSpan time)
    {
        using var timer = new PeriodicTimer(time);
        await timer.WaitForNextTickAsync(Deadline.Token);
    }

    private async Task RunAsync(ServerCluster cluster, Func<Task> fault, int? rounds = null)
    {
        var load = new CrashLoad(await RelayPlan.SeedAsync(), cluster.Nodes);
        try
        {
            await load.RunAsync(rounds ?? Rounds, fault).Bounded();
        }
        catch
        {
            // It hung or a call was refused: what the clients have seen by then may say why.
            foreach (var violation in CrashChecker.Check(load.Log.Lines()).Take(Shown)) await TestContext.Out.WriteLineAsync(violation);
            throw;
        }
        finally
        {
            await TestContext.Out.WriteLineAsync($"{rounds ?? Rounds} rounds: {load.Log.Summary()}");
        }
        Assert.That(CrashChecker.Check(load.Log.Lines()), Is.Empty);
    }
}

/// <summary>Short, with every run of the tests.</summary>
[CancelAfter(Deadline.TestMilliseconds)]
internal sealed class ClusterFaultTests : ClusterFaults
{
    protected override int Rounds => 2;
    protected override TimeSpan Away => TimeSpan.FromSeconds(4);
}

/// <summary>Long.</summary>
[Category("Soak")]
[CancelAfter(Deadline.SoakMilliseconds)]
internal sealed class ClusterFaultSoak : ClusterFaults
{
    protected override int Rounds => 10;
    protected override TimeSpan Away => TimeSpan.FromSeconds(30);
}
