using RooCoord.Application.Admin;
using RooCoord.Application;
using RooCoord.Application.Cluster;
using RooCoord.Application.Devices;
using RooCoord.Application.Sessions;
using RooCoord.Domain.Devices;
using RooCoord.Infrastructure.Blobs;
using RooCoord.Testing;

namespace RooCoord.Infrastructure.Tests;

/// <summary>What <see cref="INodeStore"/> promises, on every engine, and that whoever raises a fence lets the node go.</summary>
[TestFixture(Engine.Sqlite)]
[TestFixture(Engine.Postgres)]
public sealed class NodeStoreContract(Engine engine) : StoreFixture(engine)
{
    // Whoever did not speak in the future is silent.
    private static readonly TimeSpan AnyTime = TimeSpan.FromSeconds(-1);

    private INodeStore Nodes => Get<INodeStore>();
    private ISessionStore Sessions => Get<ISessionStore>();

    private async Task<(Device Device, OpenedSession Session)> ConnectedAsync(string user, long node)
    {
        Get<OwnNode>().Key = node;
        var device = await AddDeviceAsync(user, $"f {user}");
        return (device, await Sessions.OpenAsync(device.Key, $"f {user}", $"s {user}", Now));
    }

    private async Task<IReadOnlyDictionary<long, long>> NodesOfAsync(Device device) => await Nodes.NodesOfAsync([device.Key], CancellationToken.None);

    [Test]
    public async Task ADeadNode_StaysDead()
    {
        var (dead, alive) = (await Nodes.RegisterAsync(), await Nodes.RegisterAsync());
        Assert.That(await Nodes.BeatAsync(dead, CancellationToken.None), Is.True);
        await Nodes.StopAsync(dead);
        Assert.That((await Nodes.BeatAsync(dead, CancellationToken.None), await Nodes.BeatAsync(alive, CancellationToken.None)), Is.EqualTo((false, true)));
        Assert.That(await Nodes.DeadAmongAsync([dead, alive, alive + 1_000], CancellationToken.None), Is.EqualTo(new[] { dead }));
        Assert.That(await Nodes.DeclareDeadAsync(AnyTime, CancellationToken.None), Is.SupersetOf(new[] { dead, alive }));
        await Nodes.EndAsync(dead);
        Assert.That(await Nodes.DeclareDeadAsync(AnyTime, CancellationToken.None), Does.Contain(alive).And.Not.Contain(dead));
        Assert.That(await Nodes.DeadAmongAsync([dead], CancellationToken.None), Is.EqualTo(new[] { dead }), "ended, it is dead all the same");
    }

    [Test]
    public async Task DevicesOfADeadNode_AreFencedAndOffline_AndOthersAreNot()
    {
        var node = await Nodes.RegisterAsync();
        var (theirs, session) = await ConnectedAsync("dead's", node);
        var (other, _) = await ConnectedAsync("other's", await Nodes.RegisterAsync());
        Assert.That(await Nodes.DisconnectAsync(node, Now), Is.EqualTo(new[] { new DeviceName(theirs.UserKey, theirs.Id) }));
        Assert.That(await Nodes.DisconnectAsync(node, Now), Is.Empty);
        Assert.That(await Sessions.IsCurrentAsync(theirs.Key, session.Fence, CancellationToken.None), Is.False);
        Assert.That(await Sessions.CloseAsync(theirs.Key, session.Fence, Now), Is.False, "the dead close nothing");
        Assert.That((await Get<IDeviceStore>().FindAsync(theirs.UserKey, theirs.Id, CancellationToken.None))!.Status, Is.EqualTo(DeviceStatus.Offline));
        Assert.That((await Get<IDeviceStore>().FindAsync(other.UserKey, other.Id, CancellationToken.None))!.Status, Is.EqualTo(DeviceStatus.Online));
        Assert.That((await Sessions.OpenAsync(theirs.Key, "f dead's", "new", Now)).Resumed, Is.True);
    }

    [TestCaseSource(typeof(Fences), nameof(Fences.All))]
    public async Task WhoeverRaisesAFence_LetsTheNodeGo(string what, Func<Fences, Task> raise)
    {
        var (device, session) = await ConnectedAsync(what, 7);
        Assert.That(await NodesOfAsync(device), Is.EqualTo(new Dictionary<long, long> { [device.Key] = 7 }));
        await raise(new(Get<IServiceProvider>(), device, Now));
        Assert.That(await NodesOfAsync(device), Is.Empty, "a message for it would be sent to a node that does not have it");
        Assert.That(session.Fence, Is.EqualTo(1));
    }

    [Test]
    public async Task AnotherNumber_TakesAllUploadsFromWhoeverReceivesThem()
    {
        await using var held = await Get<ClusterUploadLocks>().TakeAsync(1, Ids.New(), CancellationToken.None);
        Assert.That(held.Lost.IsCancellationRequested, Is.False);
        Get<OwnNode>().Key = await Nodes.RegisterAsync();
        Assert.That(held.Lost.IsCancellationRequested, Is.True);
    }
}
