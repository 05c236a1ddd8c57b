using System.Text.Json;
using Microsoft.AspNetCore.SignalR.Client;
using RooCoord.Contracts;
using RooCoord.Testing;

namespace RooCoord.Api.Tests.Cluster;

/// <summary>Devices on two nodes are as devices on one.</summary>
[TestFixture(true)]
[TestFixture(false)]
public sealed class RelayAcrossNodesTests(bool withRedis) : ClusterFixture(withRedis)
{
    [Test]
    public async Task Sends_ToADeviceOnAnotherNode_ArriveInOrder()
    {
        var (a, b) = await PairAsync();
        await using var _ = a;
        await using var __ = b;
        var sending = Enumerable.Range(0, 200).Select(i => a.SendToAsync(b.Id, body: i)).ToArray();
        var received = await b.NextAsync(200);
        await Task.WhenAll(sending);
        Assert.That(received.Select(m => m.Seq), Is.EqualTo(Enumerable.Range(1, 200).Select(i => (long?)i)));
        Assert.That(received.Select(m => m.Body.GetInt32()), Is.EqualTo(Enumerable.Range(0, 200)));
        Assert.That(received.Select(m => m.Attempt), Is.All.EqualTo(1));
        await b.AcknowledgeAsync(200);
        await b.ExpectNothingBeforeMarkerAsync();
    }

    [Test]
    public async Task Sends_FromBothNodes_AreAllDelivered_OnceEach()
    {
        var user = NewUser();
        var (a, b) = await PairAsync(user);
        await using var receiver = await A.ConnectAsync(user, "receiver");
        await receiver.ResumeAsync(window: 1024);
        var sending = Enumerable.Range(0, 300).SelectMany(_ => new[] { a.SendToAsync(receiver.Id), b.SendToAsync(receiver.Id) }).ToArray();
        var received = await receiver.NextAsync(600);
        await Task.WhenAll(sending);
        Assert.That(received.Select(m => m.Seq).Order(), Is.EqualTo(Enumerable.Range(1, 600).Select(i => (long?)i)));
        await receiver.AcknowledgeAsync(600);
        await receiver.ExpectNothingBeforeMarkerAsync();
    }

    [Test]
    public async Task Device_ThatMoves_KeepsSessionAndMailbox_AndWhatWasInFlightComesAgain()
    {
        var (a, b) = await PairAsync();
        await using var _ = a;
        for (var i = 0; i < 3; i++) await a.SendToAsync(b.Id, body: i);
        await b.NextAsync(3);
        await b.AcknowledgeAsync(1);
        var session = (await b.Started).SessionId;

        await using var moved = await MoveAsync(b, A);
        Assert.That(await b.EndReason, Is.EqualTo(SessionEndReasons.Replaced));
        var started = await moved.Started;
        Assert.That((started.SessionId, started.Resumed), Is.EqualTo((session, true)));
        await moved.ResumeAsync();
        var again = await moved.NextAsync(2);
        Assert.That(again.Select(m => (m.Seq, m.Attempt)), Is.EqualTo(new (long?, int?)[] { (2, 2), (3, 2) }));
        await moved.AcknowledgeAsync(3);
        await a.SendToAsync(b.Id, body: "after");
        Assert.That((await moved.NextAsync()).Seq, Is.EqualTo(4));
    }

    [Test]
    public async Task Receipts_ReachTheSenderOnItsNode()
    {
        var (a, b) = await PairAsync();
        await using var _ = a;
        await using var __ = b;
        await a.SendAsync(new { id = "receipts", to = new { device = b.Id }, type = "t", body = 1, receipts = "all" });
        var states = new List<string> { (await a.ReceiptAsync()).State };
        await b.NextAsync();
        states.Add((await a.ReceiptAsync()).State);
        await b.AcknowledgeAsync(1);
        states.Add((await a.ReceiptAsync()).State);
        Assert.That(states, Is.EqualTo(new[] { "stored", "sent", "acknowledged" }));
    }

    [Test]
    public async Task Claim_IsWonOnce_WhicheverNodesTheyAreOn_AndTheOthersHearOfIt()
    {
        var user = NewUser();
        var (a, b) = await PairAsync(user);
        await using var sender = await B.ConnectAsync(user, "sender", "server");
        await sender.SendAsync(new { id = "claim", to = new { match = new { type = "desktop" }, mode = "claim" }, type = "t", body = 1 });
        await a.NextAsync();
        await b.NextAsync();
        var won = await Task.WhenAll(a.ClaimAsync("claim"), b.ClaimAsync("claim"));
        Assert.That(won.Count(w => w), Is.EqualTo(1));
        Assert.That(await (won[0] ? b : a).WithdrawnAsync(), Is.EqualTo("claim"));
        Assert.That(await Task.WhenAll(a.ClaimAsync("claim"), b.ClaimAsync("claim")), Is.EqualTo(won));
    }

    [Test]
    public async Task Fallback_BeginsOnWhicheverNode_AndWithdrawsOnTheOther()
    {
        var user = NewUser();
        var (a, b) = await PairAsync(user);
        await using var other = await A.ConnectAsync(user, "other");
        await other.ResumeAsync();
        await a.SendAsync(new { id = "fallback", to = new { device = b.Id, fallback = new[] { new { to = new { device = other.Id }, afterSeconds = 0.3 } } }, type = "t", body = 1 });
        await b.NextAsync();
        Assert.That((await other.NextAsync()).Id, Is.EqualTo("fallback"));
        Assert.That(await b.WithdrawnAsync(), Is.EqualTo("fallback"));
    }

    [Test]
    public async Task Call_IsAnsweredFromAnotherNode_AndItsErrorsAreThoseOfOne()
    {
        var (a, b) = await PairAsync();
        b.Hub.On<string, JsonElement, JsonElement>(nameof(IDeviceClient.OnCall), (method, body) => method == "fail"
            ? throw new InvalidOperationException("no")
            : JsonSerializer.SerializeToElement(new { method, got = body }));
        Task<JsonElement> CallAsync(string device, string method, double seconds = 10) =>
            a.Hub.InvokeAsync<JsonElement>(nameof(IDeviceHub.Call), device, method, new { n = 1 }, seconds);

        var answer = await CallAsync(b.Id, "ask").WaitAsync(TestDevice.Patience);
        Assert.That(answer.ToString(), Is.EqualTo("""{"method":"ask","got":{"n":1}}"""));
        Assert.That(await HubErrors.CodeOfAsync(CallAsync(b.Id, "fail")), Is.EqualTo("failed"));
        Assert.That(await HubErrors.CodeOfAsync(CallAsync("nobody", "ask")), Is.EqualTo("not_found"));
        await b.DisposeAsync();
        Assert.That(await HubErrors.CodeOfAsync(CallAsync(b.Id, "ask")), Is.EqualTo("offline"));
        await a.DisposeAsync();
    }

    [Test]
    public async Task Call_WhoseDeviceLeavesMeanwhile_IsOffline_AndOneThatIsSilent_TimesOut()
    {
        var (a, b) = await PairAsync();
        await using var _ = a;
        var asked = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var never = new TaskCompletionSource<int>();
        b.Hub.On<string, JsonElement, int>(nameof(IDeviceClient.OnCall), (_, _) =>
        {
            asked.TrySetResult();
            return never.Task;
        });
        Assert.That(await HubErrors.CodeOfAsync(a.Hub.InvokeAsync<int>(nameof(IDeviceHub.Call), b.Id, "ask", 1, 0.3)), Is.EqualTo("timeout"));
        await asked.Task;
        asked = new(TaskCreationOptions.RunContinuationsAsynchronously);
        var call = a.Hub.InvokeAsync<int>(nameof(IDeviceHub.Call), b.Id, "ask", 1, 100);
        await asked.Task.WaitAsync(TestDevice.Patience);
        await b.DisposeAsync();
        Assert.That(await HubErrors.CodeOfAsync(call), Is.EqualTo("offline"));
        never.SetResult(0);
    }

    [Test]
    public async Task Ephemeral_IsSentToAResumedDeviceElsewhere_AndDroppedOtherwise()
    {
        var user = NewUser();
        await using var a = await A.ConnectAsync(user, "a");
        await using var b = await B.ConnectAsync(user, "b");
        await a.ChangeAsync(d => d.Id == b.Id && d.Status == "online");
        object Message(string id) => new { id, to = new { device = b.Id }, type = "t", body = id, durability = "ephemeral" };
        Assert.That((await a.SendAsync(Message("e1"))).Deliveries[0].State, Is.EqualTo("dropped"));
        await b.ResumeAsync();
        var sent = await a.SendAsync(Message("e2"));
        Assert.That((sent.Deliveries[0].State, sent.Deliveries[0].Seq), Is.EqualTo(("sent", (long?)null)));
        Assert.That((await b.NextAsync()).Id, Is.EqualTo("e2"));

        await using var moved = await MoveAsync(b, A);
        await moved.ResumeAsync();
        Assert.That((await a.SendAsync(Message("e3"))).Deliveries[0].State, Is.EqualTo("sent"));
        Assert.That((await moved.NextAsync()).Id, Is.EqualTo("e3"));
        await moved.DisposeAsync();
        await a.ChangeAsync(d => d.Id == b.Id && d.Status == "offline");
        Assert.That((await a.SendAsync(Message("e4"))).Deliveries[0].State, Is.EqualTo("dropped"));
    }
}
