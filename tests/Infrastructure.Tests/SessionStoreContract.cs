using RooCoord.Application.Cluster;
using RooCoord.Application.Sessions;
using RooCoord.Domain;
using RooCoord.Domain.Devices;
using RooCoord.Testing;

namespace RooCoord.Infrastructure.Tests;

/// <summary>What <see cref="ISessionStore"/> promises, on every engine.</summary>
[TestFixture(Engine.Sqlite)]
[TestFixture(Engine.Postgres)]
public sealed class SessionStoreContract(Engine engine) : StoreFixture(engine)
{
    private ISessionStore Sessions => Get<ISessionStore>();

    [Test]
    public async Task Open_RaisesTheFence_AndResumesWhatIsLive()
    {
        var device = await AddDeviceAsync("open", "f open");
        var first = await Sessions.OpenAsync(device.Key, "f open", "s1", Now);
        var second = await Sessions.OpenAsync(device.Key, "f open", "s2", Now);
        Assert.That(first, Is.EqualTo(new OpenedSession("s1", 1, false, true)));
        Assert.That(second, Is.EqualTo(new OpenedSession("s1", 2, true, false)));
        Assert.That(await Sessions.CloseAsync(device.Key, 1, Now), Is.False, "an older connection closes nothing");
        Assert.That(await Sessions.SetStatusAsync(device.Key, 1, DeviceStatus.Busy), Is.False);
        Assert.That(await Sessions.SetStatusAsync(device.Key, 2, DeviceStatus.Busy), Is.True);
        Assert.That(await Sessions.CloseAsync(device.Key, 2, Now), Is.True);
        Assert.That(await Sessions.CloseAsync(device.Key, 2, Now), Is.False);
        Assert.That((await Sessions.OpenAsync(device.Key, "f open", "s3", Now.AddSeconds(120))).SessionId, Is.EqualTo("s1"));
        await Sessions.CloseAsync(device.Key, 3, Now);
        Assert.That((await Sessions.OpenAsync(device.Key, "f open", "s4", Now.AddSeconds(121))).SessionId, Is.EqualTo("s4"));
    }

    [Test]
    public async Task End_EndsTheUsersOwnLiveSessions_AndFencesTheirConnections()
    {
        var (mine, foreign) = (await AddDeviceAsync("end", "f end"), await AddDeviceAsync("end foreign", "f end foreign"));
        await Sessions.OpenAsync(mine.Key, "f end", "e1", Now);
        await Sessions.OpenAsync(foreign.Key, "f end foreign", "e2", Now);
        Assert.That(await Sessions.EndAsync(mine.UserKey, "e2", Now), Is.Empty);
        Assert.That((await Sessions.EndAsync(mine.UserKey, null, Now)).Select(s => s.Id), Is.EqualTo(new[] { "e1" }));
        Assert.That(await Sessions.ListAsync(mine.UserKey, Now, CancellationToken.None), Is.Empty);
        Assert.That((await Sessions.ListAsync(foreign.UserKey, Now, CancellationToken.None)).Single().Connected, Is.True);
        Assert.That((await Sessions.OpenAsync(mine.Key, "f end", "e3", Now)).Resumed, Is.False);
    }

    [Test]
    public async Task Open_OfARevokedDevice_IsUnauthorized()
    {
        var device = await AddDeviceAsync("revoked", "f revoked");
        await Get<RooCoord.Application.Devices.IDeviceStore>().RevokeAsync(device.UserKey, device.Id, Now);
        Assert.That(Assert.ThrowsAsync<Fault>(() => Sessions.OpenAsync(device.Key, "f revoked", "r", Now))!.Code, Is.EqualTo(FaultCode.Unauthorized));
    }

    [Test]
    public async Task RevokingTheFamily_RefusesToOpen_AndFencesWhatIsOpen()
    {
        var device = await AddDeviceAsync("family", "f family");
        var opened = await Sessions.OpenAsync(device.Key, "f family", "f1", Now);
        Assert.That(await Sessions.IsCurrentAsync(device.Key, opened.Fence, CancellationToken.None), Is.True);
        await Get<RooCoord.Application.Devices.ICredentialStore>().IssueAsync(device.UserKey, device.Id, new("f new", "hash new", Now));
        Assert.That(await Sessions.IsCurrentAsync(device.Key, opened.Fence, CancellationToken.None), Is.False);
        Assert.That(Assert.ThrowsAsync<Fault>(() => Sessions.OpenAsync(device.Key, "f family", "f2", Now))!.Code, Is.EqualTo(FaultCode.Unauthorized));
        Assert.That((await Sessions.OpenAsync(device.Key, "f new", "f3", Now)).Resumed, Is.True);
    }

    [Test]
    public async Task FencedBy_TellsANewerConnectionFromAnEndAndFromARevocation()
    {
        var device = await AddDeviceAsync("fenced", "f fenced");
        Task<FencedBy> By(string session, long fence = 0) => Sessions.FencedByAsync(new(device.Key, fence), "f fenced", session, CancellationToken.None);
        await Sessions.OpenAsync(device.Key, "f fenced", "b1", Now);
        await Sessions.OpenAsync(device.Key, "f fenced", "b2", Now);
        Assert.That(await By("b1"), Is.EqualTo(FencedBy.NewerConnection));
        await Sessions.EndAsync(device.UserKey, null, Now);
        Assert.That(await By("b1"), Is.EqualTo(FencedBy.End));
        var last = await Sessions.OpenAsync(device.Key, "f fenced", "b3", Now);
        Assert.That(await By("b3", last.Fence), Is.EqualTo(FencedBy.DeadNode), "whose connection is the newest");
        Assert.That((await By("b1"), await By("b3")), Is.EqualTo((FencedBy.End, FencedBy.NewerConnection)));
        await Get<RooCoord.Application.Devices.ICredentialStore>().IssueAsync(device.UserKey, device.Id, new("f fenced new", "hash fenced", Now));
        Assert.That(await By("b3"), Is.EqualTo(FencedBy.Revocation));
    }

    [Test]
    public async Task EndOthers_LeavesNobodyOnline_AndSessionsToResume()
    {
        var device = await AddDeviceAsync("restart", "f restart");
        await Sessions.OpenAsync(device.Key, "f restart", "d1", Now);
        await Get<INodeStore>().EndOthersAsync(1, Now);
        var session = (await Sessions.ListAsync(device.UserKey, Now, CancellationToken.None)).Single();
        Assert.That((session.Connected, session.DisconnectedAt), Is.EqualTo((false, (DateTimeOffset?)Now)));
        Assert.That((await Get<RooCoord.Application.Devices.IDeviceStore>().FindAsync(device.UserKey, device.Id, CancellationToken.None))!.Status, Is.EqualTo(DeviceStatus.Offline));
    }
}
