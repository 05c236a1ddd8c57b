using Microsoft.AspNetCore.SignalR.Client;
using RooCoord.Contracts;
using RooCoord.Testing;

namespace RooCoord.Api.Tests.Cluster;

/// <summary>What devices of a user are told without asking reaches those on other nodes.</summary>
[TestFixture(true)]
[TestFixture(false)]
public sealed class PushesAcrossNodesTests(bool withRedis) : ClusterFixture(withRedis)
{
    [Test]
    public async Task DeviceChanges_ReachBothNodes()
    {
        var user = NewUser();
        await using var a = await A.ConnectAsync(user, "a");
        await using var b = await B.ConnectAsync(user, "b");
        Assert.That((await a.ChangeAsync(d => d.Id == b.Id && d.Status != "offline")).Status, Is.EqualTo("online"));
        await b.Hub.InvokeAsync(nameof(IDeviceHub.SetStatus), "busy");
        Assert.That((await a.ChangeAsync(d => d.Id == b.Id && d.Status != "online")).Status, Is.EqualTo("busy"));
        await b.DisposeAsync();
        Assert.That((await a.ChangeAsync(d => d.Id == b.Id && d.Status != "busy")).Status, Is.EqualTo("offline"));
    }
}
