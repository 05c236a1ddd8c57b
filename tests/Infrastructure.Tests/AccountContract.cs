using RooCoord.Application;
using RooCoord.Application.Admin;
using RooCoord.Application.Devices;
using RooCoord.Application.Sessions;
using RooCoord.Domain;
using RooCoord.Domain.Devices;
using RooCoord.Testing;

namespace RooCoord.Infrastructure.Tests;

/// <summary>What <see cref="IUserStore"/> and <see cref="IAuditLog"/> promise, and what other stores do about it, on every engine.</summary>
[TestFixture(Engine.Sqlite)]
[TestFixture(Engine.Postgres)]
public sealed class AccountContract(Engine engine) : StoreFixture(engine)
{
    private IUserStore Users => Get<IUserStore>();
    private ISessionStore Sessions => Get<ISessionStore>();
    private ICredentialStore Credentials => Get<ICredentialStore>();

    private Task<bool> IsCurrentAsync(Device device, long fence) => Sessions.IsCurrentAsync(device.Key, fence, CancellationToken.None);

    private FaultCode OpenFault(Device device, string family) =>
        Assert.ThrowsAsync<Fault>(() => Sessions.OpenAsync(device.Key, family, Ids.New(), Now))!.Code;

    [Test]
    public async Task Disabling_FencesOff_AndOpensNothing_UntilEnabledAgain()
    {
        var device = await AddDeviceAsync("off", "f off");
        var opened = await Sessions.OpenAsync(device.Key, "f off", "o1", Now);
        var disabled = await Users.DisableAsync("off", Now);
        Assert.That((disabled.Key, disabled.DisabledAt, disabled.Devices), Is.EqualTo((device.UserKey, (DateTimeOffset?)Now, 1L)));
        Assert.That(await IsCurrentAsync(device, opened.Fence), Is.False);
        Assert.That(OpenFault(device, "f off"), Is.EqualTo(FaultCode.Unauthorized));
        Assert.That(await Credentials.AuthenticateAsync(device.Id, "f off", 1, CancellationToken.None), Is.Null);
        Assert.That((await Users.DisableAsync("off", Now.AddDays(1))).DisabledAt, Is.EqualTo(Now), "since the first time");
        Assert.That((await Users.EnableAsync("off"))!.DisabledAt, Is.Null);
        Assert.That(await Credentials.AuthenticateAsync(device.Id, "f off", 1, CancellationToken.None), Is.Not.Null);
        Assert.That((await Sessions.OpenAsync(device.Key, "f off", "o2", Now)).Resumed, Is.True);
    }

    [Test]
    public async Task Revoking_EndsFamilies_ButAsksNothingOfNewOnes()
    {
        var device = await AddDeviceAsync("tokens", "f tokens");
        var opened = await Sessions.OpenAsync(device.Key, "f tokens", "t1", Now);
        Assert.That((await Users.RevokeTokensAsync("tokens", Now)).TokensRevokedAt, Is.EqualTo(Now));
        Assert.That(await IsCurrentAsync(device, opened.Fence), Is.False);
        Assert.That(OpenFault(device, "f tokens"), Is.EqualTo(FaultCode.Unauthorized));
        await Credentials.IssueAsync(device.UserKey, device.Id, new("f tokens 2", Ids.New(), Now));
        Assert.That((await Sessions.OpenAsync(device.Key, "f tokens 2", "t2", Now)).Resumed, Is.True);
    }

    [Test]
    public async Task AnUnknownUser_IsMadeByDisabling_AndGetsItsDevicesLater()
    {
        Assert.That(await Users.AccountAsync("new", CancellationToken.None), Is.Null);
        Assert.That(await Users.EnableAsync("new"), Is.Null);
        var made = await Users.DisableAsync("new", Now);
        Assert.That(made.CreatedAt, Is.EqualTo(Now));
        await Users.EnableAsync("new");
        Assert.That((await AddDeviceAsync("new")).UserKey, Is.EqualTo(made.Key));
    }

    [Test]
    public async Task Reports_AreStored_ButNotOfRevokedDevices()
    {
        var devices = Get<IDeviceStore>();
        var (one, two) = (await AddDeviceAsync("reports"), await AddDeviceAsync("reports"));
        await devices.RevokeAsync(two.UserKey, two.Id, Now);
        await devices.SaveTelemetryAsync([new(two.Key, "{\"n\":2}"), new(one.Key, "{\"n\":1}")]);
        Assert.That((await devices.ListAsync(one.UserKey, CancellationToken.None)).Select(d => d.Telemetry), Is.EqualTo(new[] { "{\"n\":1}" }));
    }

    [Test]
    public async Task ManyDevices_AreFoundTogether_EachOfItsUserOnly()
    {
        var added = new List<Device>();
        for (var i = 0; i < 120; i++) added.Add(await AddDeviceAsync($"many {i % 7}"));
        DeviceName[] names = [.. added.Select(d => new DeviceName(d.UserKey, d.Id)), new(added[0].UserKey + 1_000_000, added[0].Id), new(1, "nobody's")];
        var found = await Get<IDeviceStore>().FindAsync(names, CancellationToken.None);
        Assert.That(found.Select(d => (d.Key, d.UserKey)), Is.EquivalentTo(added.Select(d => (d.Key, d.UserKey))));
    }

    [Test]
    public async Task LastSeen_NeverGoesBack()
    {
        var device = await AddDeviceAsync("seen");
        await Sessions.SeenAsync([device.Key], Now.AddMinutes(1));
        await Sessions.SeenAsync([device.Key], Now);
        Assert.That((await Get<IDeviceStore>().FindAsync(device.UserKey, device.Id, CancellationToken.None))!.LastSeenAt, Is.EqualTo(Now.AddMinutes(1)));
    }
}
