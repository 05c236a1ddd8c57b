using RooCoord.Contracts;
using RooCoord.Testing;

namespace RooCoord.Api.Tests;

/// <summary>Fallback chains on a clock of the test's.</summary>
[TestFixture(Engine.Sqlite)]
[TestFixture(Engine.Postgres)]
public sealed class FallbackTests(Engine engine) : EngineFixture(engine)
{
    protected override ManualTimeProvider Clock { get; } = new();

    private static string Id() => Guid.CreateVersion7().ToString("N");

    private async Task<TestDevice> DeviceAsync(string user, string type = "desktop")
    {
        var device = await Server.ConnectAsync(user, type, type);
        await device.ResumeAsync();
        return device;
    }

    private async Task<T> PassUntilAsync<T>(Task<T> happens)
    {
        using var pace = new PeriodicTimer(TimeSpan.FromMilliseconds(10));
        for (var i = 0; i < 1_000 && !happens.IsCompleted; i++)
        {
            Clock.Advance(TimeSpan.FromMilliseconds(250));
            await pace.WaitForNextTickAsync();
        }
        return await happens;
    }

    private static object Chain(string id, object first, params (object To, double After)[] steps) => new
    {
        id,
        to = new Dictionary<string, object>(first.GetType().GetProperties().Select(p => KeyValuePair.Create(p.Name, p.GetValue(first)!)))
        {
            ["fallback"] = steps.Select(s => new { to = s.To, afterSeconds = s.After }),
        },
        type = "t",
    };

    [Test]
    public async Task Step_BeginsAtItsTime_AndTakesTheEarlierOneBack()
    {
        var user = NewUser();
        var (sender, one, two) = (await DeviceAsync(user, "server"), await DeviceAsync(user), await DeviceAsync(user, "mobile"));
        var id = Id();
        var result = await sender.SendAsync(Chain(id, new { device = one.Id }, (new { match = new { type = "mobile" } }, 5)));
        Assert.That(result.Route, Has.Count.EqualTo(1));
        await one.NextAsync();
        var begun = Clock.GetUtcNow();
        var fallback = await PassUntilAsync(two.NextAsync());
        Assert.That(fallback.Id, Is.EqualTo(id));
        Assert.That(fallback.SentAt, Is.LessThanOrEqualTo(begun));
        Assert.That(Clock.GetUtcNow() - begun, Is.GreaterThanOrEqualTo(TimeSpan.FromSeconds(4.5)));
        Assert.That(await one.WithdrawnAsync(), Is.EqualTo(id));
        // Its late acknowledgement changes nothing.
        await one.AcknowledgeAsync(1);
        Assert.That((await one.ResumeAsync()).Acknowledged, Is.EqualTo(1));
        await two.AcknowledgeAsync(1);
    }

    [Test]
    public async Task Step_DoesNotBegin_OnceADeviceAcknowledged()
    {
        var user = NewUser();
        var (sender, one, two) = (await DeviceAsync(user, "server"), await DeviceAsync(user), await DeviceAsync(user, "mobile"));
        await sender.SendAsync(Chain(Id(), new { device = one.Id }, (new { device = two.Id }, 2)));
        await one.NextAsync();
        await one.AcknowledgeAsync(1);
        // A later chain of the same length shows that the time of the first has passed.
        var probe = Id();
        await sender.SendAsync(Chain(probe, new { device = one.Id }, (new { device = two.Id }, 4)));
        Assert.That((await PassUntilAsync(two.NextAsync())).Id, Is.EqualTo(probe));
    }

    [Test]
    public async Task Step_BeginsAtOnce_WhenNothingOfTheOneBeforeIsOpen()
    {
        var user = NewUser();
        var (sender, one, two) = (await DeviceAsync(user, "server"), await DeviceAsync(user), await DeviceAsync(user, "mobile"));
        var id = Id();
        await sender.SendAsync(Chain(id, new { device = one.Id }, (new { device = two.Id }, 100_000)));
        await one.NextAsync();
        await one.RejectAsync(1, "no");
        Assert.That((await two.NextAsync()).Id, Is.EqualTo(id));
    }

    [Test]
    public async Task Step_BeginsAtOnce_WhenTheOneBeforeMatchesNobody()
    {
        var user = NewUser();
        var (sender, one) = (await DeviceAsync(user, "server"), await DeviceAsync(user));
        var result = await sender.SendAsync(Chain(Id(), new { match = new { type = "mobile" } }, (new { match = new { type = "browser" } }, 100), (new { device = one.Id }, 100)));
        Assert.That(result.Route.Select(r => (r.Step, r.Matched, r.Chosen.Count)), Is.EqualTo(new[] { (0, 0, 0), (1, 0, 0), (2, 1, 1) }));
        Assert.That(result.Deliveries.Single().Device, Is.EqualTo(one.Id));
        Assert.That((await one.NextAsync()).Seq, Is.EqualTo(1));
    }

    [Test]
    public async Task StepThatFindsNobody_TakesNothingBack()
    {
        var user = NewUser();
        var (sender, one) = (await DeviceAsync(user, "server"), await DeviceAsync(user));
        await sender.SendAsync(Chain(Id(), new { device = one.Id }, (new { match = new { type = "mobile" } }, 1), (new { device = one.Id }, 1)));
        var probe = Id();
        await sender.SendAsync(Chain(probe, new { match = new { type = "mobile" } }, (new { device = sender.Id }, 1)));
        await sender.SendAsync(Chain(Id(), new { device = one.Id }, (new { device = sender.Id }, 5)));
        await sender.NextAsync();
        await PassUntilAsync(sender.NextAsync());
        Assert.That((await one.NextAsync()).Seq, Is.EqualTo(1));
        await one.AcknowledgeAsync(1);
    }

    [Test]
    public async Task Claim_ThatAllDecline_GoesToTheFallback_ElseIsDead()
    {
        var user = NewUser();
        var (sender, one, two, last) = (await DeviceAsync(user, "server"), await DeviceAsync(user), await DeviceAsync(user), await DeviceAsync(user, "mobile"));
        var id = Id();
        await sender.SendAsync(Chain(id, new { match = new { type = "desktop" }, mode = "claim" }, (new { match = new { type = "mobile" }, mode = "claim" }, 100_000)));
        foreach (var device in new[] { one, two })
        {
            await device.NextAsync();
            await device.AcknowledgeAsync(1);
            Assert.That(await device.ClaimAsync(id), Is.False);
        }
        Assert.That((await last.NextAsync()).Id, Is.EqualTo(id));
        Assert.That(await last.ClaimAsync(id), Is.True);
        Assert.That((await one.ResumeAsync()).Acknowledged, Is.EqualTo(1));
    }

    [Test]
    public async Task Timers_SurviveARestart()
    {
        await using var database = await TestDatabase.CreateAsync(Engine);
        var clock = new ManualTimeProvider();
        RegisteredDevice one, two;
        var id = Id();
        await using (var server = await TestServer.StartAsync(database, ownsDatabase: false, clock))
        {
            one = await server.RegisterAsync(name: "one");
            two = await server.RegisterAsync(name: "two");
            await using var sender = await server.ConnectAsync();
            await sender.SendAsync(Chain(id, new { device = one.Device.Id }, (new { device = two.Device.Id }, 1800)));
        }
        clock.Advance(TimeSpan.FromMinutes(20));
        await using var restarted = await TestServer.StartAsync(database, ownsDatabase: false, clock);
        await using var receiver = await TestDevice.ConnectAsync(restarted.Url, two);
        await receiver.ResumeAsync();
        await receiver.ExpectNothingBeforeMarkerAsync();
        clock.Advance(TimeSpan.FromMinutes(11));
        Assert.That((await receiver.NextAsync()).Id, Is.EqualTo(id));
    }
}
