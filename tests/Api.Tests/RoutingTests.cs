using Microsoft.AspNetCore.SignalR.Client;
using RooCoord.Contracts;
using RooCoord.Testing;

namespace RooCoord.Api.Tests;

/// <summary>Matches, modes and claims, over real connections.</summary>
[TestFixture(Engine.Sqlite)]
[TestFixture(Engine.Postgres)]
public sealed class RoutingTests(Engine engine) : EngineFixture(engine)
{
    private static string Id() => Guid.CreateVersion7().ToString("N");

    private async Task<TestDevice> DeviceAsync(string user, string type = "desktop", params string[] capabilities)
    {
        var device = await Server.ConnectAsync(user, type, type, capabilities);
        await device.ResumeAsync();
        return device;
    }

    [Test]
    public async Task Match_ReachesEveryDeviceThatFulfilsAll_ButTheSender()
    {
        var user = NewUser();
        var sender = await DeviceAsync(user, "desktop", "build");
        var builder = await DeviceAsync(user, "desktop", "build", "test");
        await DeviceAsync(user, "mobile", "build");
        await DeviceAsync(user, "desktop", "test");
        var result = await sender.SendAsync(new { id = Id(), to = new { match = new { type = "desktop", capability = "build" } }, type = "t" });
        Assert.That(result.Deliveries.Select(d => (d.Device, d.State)), Is.EqualTo(new[] { (builder.Id, "stored") }));
        Assert.That((result.Route.Single().Step, result.Route[0].Matched), Is.EqualTo((0, 1)));
        Assert.That(result.Route[0].Chosen, Is.EqualTo(new[] { builder.Id }));
        Assert.That((await builder.NextAsync()).Seq, Is.EqualTo(1));
    }

    [Test]
    public async Task First_PrefersOnlineToAwayToBusyToOffline()
    {
        var user = NewUser();
        var sender = await DeviceAsync(user);
        var offline = await DeviceAsync(user);
        var busy = await DeviceAsync(user);
        var away = await DeviceAsync(user);
        var online = await DeviceAsync(user);
        await busy.Hub.InvokeAsync(nameof(IDeviceHub.SetStatus), "busy");
        await away.Hub.InvokeAsync(nameof(IDeviceHub.SetStatus), "away");
        await CloseAsync(offline);
        foreach (var expected in new[] { online, away, busy, offline })
        {
            var result = await sender.SendAsync(new { id = Id(), to = new { match = new { }, mode = "first" }, type = "t" });
            Assert.That(result.Deliveries.Single().Device, Is.EqualTo(expected.Id), result.Route[0].Reason);
            using var http = Server.With(await Server.UserTokenAsync(user));
            (await http.DeleteAsync($"/api/v1/devices/{expected.Id}")).EnsureSuccessStatusCode();
        }
    }

    private async Task CloseAsync(TestDevice device)
    {
        using var http = Server.With(await Server.UserTokenAsync(device.Registered.Device.UserId));
        var session = (await device.Started).SessionId;
        (await http.DeleteAsync($"/api/v1/sessions/{session}")).EnsureSuccessStatusCode();
    }

    [Test]
    public async Task Claim_IsWonByExactlyOneOfMany_AndTheOthersAreTold()
    {
        var user = NewUser();
        var sender = await DeviceAsync(user, "server");
        var workers = new List<TestDevice>();
        for (var i = 0; i < 6; i++) workers.Add(await DeviceAsync(user, "desktop", "build"));
        var id = Id();
        var result = await sender.SendAsync(new { id, to = new { match = new { capability = "build" }, mode = "claim" }, type = "job" });
        Assert.That(result.Deliveries, Has.Count.EqualTo(6));
        var offers = await Task.WhenAll(workers.Select(w => w.NextAsync()));
        var won = await Task.WhenAll(workers.Select(w => w.ClaimAsync(id)));
        Assert.That(won.Count(w => w), Is.EqualTo(1));
        var winner = workers[Array.IndexOf(won, true)];
        foreach (var loser in workers.Where(w => w != winner))
        {
            Assert.That(await loser.WithdrawnAsync(), Is.EqualTo(id));
            Assert.That(await loser.ClaimAsync(id), Is.False);
            Assert.That((await loser.ResumeAsync()).Acknowledged, Is.EqualTo(1), "nothing is open");
        }
        Assert.That(await winner.ClaimAsync(id), Is.True, "repeated");
        // From then on an ordinary entry: redelivered until it is acknowledged, also by a later one.
        await using var again = await winner.ReconnectAsync();
        await again.ResumeAsync();
        var redelivered = await again.NextAsync();
        Assert.That((redelivered.Id, redelivered.Attempt), Is.EqualTo((id, 2)));
        Assert.That(await again.ClaimAsync(id), Is.True, "also after a reconnection");
        var next = await sender.SendToAsync(winner.Id);
        await again.NextAsync();
        await again.AcknowledgeAsync(next.Deliveries[0].Seq!.Value);
        Assert.That((await again.ResumeAsync()).Acknowledged, Is.EqualTo(2));
        Assert.That(await again.ClaimAsync(id), Is.True, "also once it is settled");
    }

    [Test]
    public async Task Offer_IsNotSettledByLaterOnes_AndComesAgainAfterAReconnection()
    {
        var user = NewUser();
        var (sender, worker) = await PairAsync(user);
        var id = Id();
        await sender.SendAsync(new { id, to = new { match = new { }, mode = "claim" }, type = "job" });
        await sender.SendToAsync(worker.Id, "later");
        Assert.That((await worker.NextAsync(2)).Select(m => m.Seq), Is.EqualTo(new long?[] { 1, 2 }));
        await worker.AcknowledgeAsync(2);
        await using var again = await worker.ReconnectAsync();
        Assert.That((await again.ResumeAsync(after: 2)).Acknowledged, Is.Zero);
        var offer = await again.NextAsync();
        Assert.That((offer.Seq, offer.Attempt), Is.EqualTo((1L, 2)));
        Assert.That(await again.ClaimAsync(id), Is.True);
        await again.AcknowledgeAsync(2);
        Assert.That((await again.ResumeAsync()).Acknowledged, Is.EqualTo(2), "once won, an ordinary one");
        await again.ExpectNothingBeforeMarkerAsync();
    }

    [Test]
    public async Task Claim_OfWhatWasNotOffered_IsNotFound_AndOfWhatWasDeclined_False()
    {
        var user = NewUser();
        var sender = await DeviceAsync(user, "server");
        var one = await DeviceAsync(user, "desktop", "build");
        var two = await DeviceAsync(user, "desktop", "build");
        var bystander = await DeviceAsync(user, "mobile");
        var id = Id();
        await sender.SendAsync(new { id, to = new { match = new { capability = "build" }, mode = "claim" }, type = "job" });
        var plain = Id();
        await sender.SendToAsync(one.Id, plain);
        await one.NextAsync();
        await one.RejectAsync(1, "busy");
        Assert.That(await one.ClaimAsync(id), Is.False);
        Assert.That(await CodeOfAsync(bystander.ClaimAsync(id)), Is.EqualTo("not_found"));
        Assert.That(await CodeOfAsync(one.ClaimAsync(plain)), Is.EqualTo("not_found"));
        Assert.That(await CodeOfAsync(one.ClaimAsync("never")), Is.EqualTo("not_found"));
        Assert.That(await CodeOfAsync((await Server.ConnectAsync(NewUser())).ClaimAsync(id)), Is.EqualTo("not_found"));
        Assert.That(await two.ClaimAsync(id), Is.True);
    }

    [Test]
    public async Task RepeatedSend_AnswersTheFirstRoute()
    {
        var (sender, receiver) = await PairAsync();
        object message = new { id = Id(), to = new { match = new { type = "desktop" }, mode = "first", fallback = new[] { new { to = new { device = receiver.Id }, afterSeconds = 60 } } }, type = "t" };
        var first = await sender.SendAsync(message);
        var again = await sender.SendAsync(message);
        Assert.That(again.Duplicate, Is.True);
        Assert.That(again.Deliveries, Is.EqualTo(first.Deliveries));
        Assert.That(again.Route.Single().Chosen, Is.EqualTo(first.Route.Single().Chosen));
        Assert.That(again.Route[0] with { Chosen = [] }, Is.EqualTo(first.Route[0] with { Chosen = [] }));
    }

    [Test]
    public async Task Ephemeral_GoesToTheFirstThatMatches()
    {
        var (sender, receiver) = await PairAsync();
        var result = await sender.SendAsync(new { id = Id(), to = new { match = new { status = "online" }, mode = "first" }, type = "t", durability = "ephemeral" });
        Assert.That(result.Deliveries, Is.EqualTo(new[] { new Delivery(receiver.Id, null, "sent", null) }));
        Assert.That((await receiver.NextAsync()).Seq, Is.Null);
    }

    public static object[] BadTargets { get; } =
    [
        new { match = new { colour = "red" } }, new { match = new { type = "toaster" } }, new { match = new { status = 1 } }, new { match = "x" },
        new { match = new { }, mode = "some" }, new { all = true, mode = "first" }, new { all = true, match = new { } },
        new { all = true, fallback = new[] { new { to = new { all = true, fallback = Array.Empty<object>() }, afterSeconds = 1 } } },
        new { all = true, fallback = new[] { new { to = new { all = true } } } }, new { all = true, fallback = new[] { new { afterSeconds = 1 } } },
        new { all = true, fallback = new[] { new { to = new { all = true }, afterSeconds = -1 } } },
        new { all = true, fallback = new[] { new { to = new { all = true }, afterSeconds = 1, retry = 2 } } },
        new { all = true, fallback = Enumerable.Repeat(new { to = new { all = true }, afterSeconds = 1 }, 9) },
        new { all = true, fallback = "x" }, new { devices = Enumerable.Range(0, 10_000).Select(i => $"d{i}") },
    ];

    [TestCaseSource(nameof(BadTargets))]
    public async Task BadTarget_IsInvalid(object to)
    {
        var (sender, _) = await PairAsync();
        Assert.That(await CodeOfAsync(sender.SendAsync(new { id = Id(), to, type = "t" })), Is.EqualTo("invalid"));
    }

    [Test]
    public async Task WhoIsNotThere_IsNotFound_AndNothingIsStored()
    {
        var (sender, receiver) = await PairAsync();
        var unknownLater = new { device = receiver.Id, fallback = new[] { new { to = new { device = "unknown" }, afterSeconds = 1 } } };
        Assert.That(await CodeOfAsync(sender.SendAsync(new { id = Id(), to = unknownLater, type = "t" })), Is.EqualTo("not_found"));
        Assert.That(await CodeOfAsync(sender.SendAsync(new { id = Id(), to = new { match = new { platform = "none" } }, type = "t" })), Is.EqualTo("not_found"));
        Assert.That(await CodeOfAsync(sender.SendAsync(new { id = Id(), to = new { match = new { }, mode = "claim" }, type = "t", durability = "ephemeral" })), Is.EqualTo("invalid"));
        await receiver.ExpectNothingBeforeMarkerAsync();
    }

    [Test]
    public async Task RevokedDevice_EndsItsEntries_TellsTheSender_AndTheRouteGoesOnAtOnce()
    {
        var user = NewUser();
        var (sender, one, two) = (await DeviceAsync(user, "server"), await DeviceAsync(user), await DeviceAsync(user, "mobile"));
        var id = Id();
        await sender.SendAsync(new
        {
            id,
            to = new { device = one.Id, fallback = new[] { new { to = new { device = two.Id }, afterSeconds = 100_000 } } },
            type = "t",
            receipts = "final",
        });
        await one.NextAsync();
        using var http = Server.With(await Server.UserTokenAsync(user));
        (await http.DeleteAsync($"/api/v1/devices/{one.Id}")).EnsureSuccessStatusCode();
        Assert.That((await two.NextAsync()).Id, Is.EqualTo(id));
        var receipt = await sender.ReceiptAsync();
        Assert.That((receipt.Device, receipt.State, receipt.Reason), Is.EqualTo((one.Id, "dead", "revoked")));
    }
}
