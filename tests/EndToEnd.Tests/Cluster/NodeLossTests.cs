using System.Diagnostics;
using RooCoord.Testing;

namespace RooCoord.EndToEnd.Tests.Cluster;

/// <summary>What devices see of a node's end.</summary>
[CancelAfter(Deadline.TestMilliseconds)]
internal sealed class NodeLossTests
{
    private static readonly TimeSpan OfflineWithin = TimeSpan.FromSeconds(15);

    [Test]
    public async Task DevicesOfAKilledNode_AreOfflineWithin15Seconds_AndGoOnOnTheOther()
    {
        await using var database = await TestDatabase.CreateAsync(Engine.Postgres);
        await using var cluster = await ServerCluster.StartAsync(2, database.Setting, _ => TestRedis.Endpoint);
        await using var watcher = await cluster.Nodes[0].ConnectAsync("watcher");
        await using var leaving = await cluster.Nodes[1].ConnectAsync("leaving");
        await leaving.ResumeAsync().Bounded();
        await watcher.SendToAsync(leaving.Id, "first").Bounded();
        await leaving.NextAsync();
        var session = (await leaving.Started).SessionId;

        await cluster.Nodes[1].KillAsync();
        var killed = Stopwatch.GetTimestamp();
        await watcher.ChangeAsync(d => d.Id == leaving.Id && d.Status == "offline");
        Assert.That(Stopwatch.GetElapsedTime(killed), Is.LessThan(OfflineWithin));

        await using var moved = await TestDevice.ConnectAsync(cluster.Nodes[0].Url, leaving.Registered).Bounded();
        var started = await moved.Started;
        Assert.That((started.SessionId, started.Resumed), Is.EqualTo((session, true)));
        await moved.ResumeAsync().Bounded();
        Assert.That((await moved.NextAsync()).Id, Is.EqualTo("first"));
    }
}
