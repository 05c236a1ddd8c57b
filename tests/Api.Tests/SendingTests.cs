using System.Text.Json;
using Microsoft.AspNetCore.SignalR.Client;
using RooCoord.Contracts;
using RooCoord.Testing;

namespace RooCoord.Api.Tests;

[TestFixture(Engine.Sqlite)]
[TestFixture(Engine.Postgres)]
public sealed class SendingTests(Engine engine) : EngineFixture(engine)
{
    [Test]
    public async Task Send_ToAConnectedDevice_ArrivesWithEveryField()
    {
        var (sender, receiver) = await PairAsync();
        var result = await sender.SendAsync(new
        {
            id = "m1",
            to = new { device = receiver.Id },
            type = "note",
            body = new { text = "hé ✓ \u0001", n = 1.50m },
            priority = "high",
            ttlSeconds = 3600,
            durability = "durable",
            receipts = "none",
            correlationId = "c1",
        });
        var message = await receiver.NextAsync();
        Assert.Multiple(() =>
        {
            Assert.That(result.Deliveries, Is.EqualTo(new[] { new Delivery(receiver.Id, 1, "stored", null) }));
            Assert.That(result.Duplicate, Is.False);
            Assert.That(result.Route[0].Chosen, Is.EqualTo(new[] { receiver.Id }));
            Assert.That((message.Seq, message.Epoch, message.Id, message.Type, message.Priority, message.Attempt, message.CorrelationId),
                Is.EqualTo(((long?)1, (long?)0, "m1", "note", "high", (int?)1, "c1")));
            Assert.That(message.From, Is.EqualTo(new Sender(sender.Registered.Device.UserId, sender.Id)));
            Assert.That(message.Body.GetRawText(), Does.Contain("1.50").And.Contain("✓"));
            Assert.That(message.ExpiresAt - message.SentAt, Is.EqualTo(TimeSpan.FromHours(1)));
        });
    }

    [Test]
    public async Task Send_ToSeveralAndToAll_ReachesEachOnceAndLeavesTheSenderOut()
    {
        var user = NewUser();
        var (sender, one) = await PairAsync(user);
        var two = await Server.ConnectAsync(user, "two");
        await two.ResumeAsync();
        var several = await sender.SendAsync(new { id = "s", to = new { devices = new[] { one.Id, two.Id, one.Id } }, type = "t" });
        var all = await sender.SendAsync(new { id = "a", to = new { all = true }, type = "t" });
        Assert.That(several.Deliveries.Select(d => d.Device), Is.EqualTo(new[] { one.Id, two.Id }));
        Assert.That(all.Deliveries.Select(d => d.Device), Is.EqualTo(new[] { one.Id, two.Id }));
        Assert.That((await one.NextAsync(2)).Select(m => m.Id), Is.EqualTo(new[] { "s", "a" }));
        Assert.That((await two.NextAsync(2)).Select(m => m.Id), Is.EqualTo(new[] { "s", "a" }));
        await sender.ExpectNothingBeforeMarkerAsync();
    }

    [Test]
    public async Task Send_WithTheSameIdAgain_AnswersTheFirstResult_AndOtherContentConflicts()
    {
        var (sender, receiver) = await PairAsync();
        var first = await sender.SendToAsync(receiver.Id, "same", new { x = 1 });
        var again = await sender.SendToAsync(receiver.Id, "same", new { x = 1 });
        var fromOther = await receiver.SendToAsync(receiver.Id, "same", new { x = 1 });
        Assert.That(again.Duplicate, Is.True);
        Assert.That(fromOther.Duplicate, Is.True);
        Assert.That(again.Deliveries, Is.EqualTo(first.Deliveries));
        Assert.That(await CodeOfAsync(sender.SendToAsync(receiver.Id, "same", new { x = 2 })), Is.EqualTo("conflict"));
        await receiver.NextAsync();
        await receiver.ExpectNothingBeforeMarkerAsync();
    }

    [Test]
    public async Task Send_RepeatedManyTimesAtOnce_IsStoredOnce()
    {
        var (sender, receiver) = await PairAsync();
        var sends = Enumerable.Range(0, 2_000).Select(_ => sender.SendToAsync(receiver.Id, "once", "x")).ToArray();
        var results = await Task.WhenAll(sends);
        Assert.That(results.Count(r => !r.Duplicate), Is.EqualTo(1));
        Assert.That(results.Select(r => r.Deliveries[0].Seq).Distinct(), Is.EqualTo(new long?[] { 1 }));
    }

    [Test]
    public async Task Sends_NotAwaited_GetTheirSeqsInWireOrder()
    {
        var (sender, receiver) = await PairAsync();
        var sends = Enumerable.Range(1, 1_000).Select(i => sender.SendToAsync(receiver.Id, $"n{i}")).ToArray();
        var seqs = (await Task.WhenAll(sends)).Select(r => r.Deliveries[0].Seq!.Value);
        Assert.That(seqs, Is.EqualTo(Enumerable.Range(1, 1_000)));
    }

    [Test]
    public async Task Ephemeral_ReachesOnlyWhoIsResumed_AndHasNoSeq()
    {
        var user = NewUser();
        var (sender, receiver) = await PairAsync(user);
        var idle = await Server.ConnectAsync(user, "not resumed");
        var result = await sender.SendAsync(new { id = "e", to = new { all = true }, type = "t", durability = "ephemeral", body = 7 });
        var message = await receiver.NextAsync();
        Assert.That(result.Deliveries, Is.EquivalentTo(new[] { new Delivery(receiver.Id, null, "sent", null), new Delivery(idle.Id, null, "dropped", null) }));
        Assert.That((message.Seq, message.Epoch, message.Attempt, message.Body.GetInt32()), Is.EqualTo(((long?)null, (long?)null, (int?)null, 7)));
    }

    [TestCase("""{"to":{"device":"D"},"type":"t"}""", TestName = "no id")]
    [TestCase("""{"id":"..","to":{"device":"D"},"type":"t"}""", TestName = "dots as id")]
    [TestCase("""{"id":"a b","to":{"device":"D"},"type":"t"}""", TestName = "blank in id")]
    [TestCase("""{"id":5,"to":{"device":"D"},"type":"t"}""", TestName = "number as id")]
    [TestCase("""{"id":"x","to":{"device":"D"}}""", TestName = "no type")]
    [TestCase("""{"id":"x","to":{"device":"D"},"type":"a\u0000b"}""", TestName = "control character")]
    [TestCase("""{"id":"x","type":"t"}""", TestName = "no to")]
    [TestCase("""{"id":"x","to":{},"type":"t"}""", TestName = "empty to")]
    [TestCase("""{"id":"x","to":{"device":"D","typo":1},"type":"t"}""", TestName = "unknown field in to")]
    [TestCase("""{"id":"x","to":{"device":"D","all":true},"type":"t"}""", TestName = "two targets")]
    [TestCase("""{"id":"x","to":{"devices":[]},"type":"t"}""", TestName = "no devices")]
    [TestCase("""{"id":"x","to":{"device":"D"},"type":"t","priority":"urgent"}""", TestName = "unknown priority")]
    [TestCase("""{"id":"x","to":{"device":"D"},"type":"t","ttlSeconds":0}""", TestName = "ttl zero")]
    [TestCase("""{"id":"x","to":{"device":"D"},"type":"t","ttlSeconds":-5}""", TestName = "ttl negative")]
    [TestCase("""{"id":"x","to":{"device":"D"},"type":"t","ttlSeconds":3153600000}""", TestName = "ttl of a century")]
    [TestCase("""{"id":"x","to":{"device":"D"},"type":"t","ttlSeconds":1.5}""", TestName = "ttl fraction")]
    [TestCase("""{"id":"x","to":{"device":"D"},"type":"t","durability":"ephemeral","receipts":"all"}""", TestName = "ephemeral with receipts")]
    public async Task Send_WithABadValue_IsInvalid_AndNothingIsStored(string message)
    {
        var (sender, receiver) = await PairAsync();
        var call = sender.SendAsync(JsonDocument.Parse(message.Replace("\"D\"", $"\"{receiver.Id}\"")).RootElement);
        Assert.That(await CodeOfAsync(call), Is.EqualTo("invalid"));
        await receiver.ExpectNothingBeforeMarkerAsync();
    }

    [Test]
    public async Task Send_OfNothing_IsInvalid()
    {
        var (sender, _) = await PairAsync();
        Assert.That(await CodeOfAsync(sender.Hub.InvokeCoreAsync(nameof(IDeviceHub.Send), typeof(SendResult), [null])), Is.EqualTo("invalid"));
    }

    [Test]
    public async Task Send_WithABodyThatIsNotUtf8_IsInvalid()
    {
        var (sender, receiver) = await PairAsync();
        var start = JsonSerializer.Serialize(new { id = "u", type = "t", to = new { device = receiver.Id } })[..^1];
        byte[] body = [.. System.Text.Encoding.UTF8.GetBytes(start + ",\"body\":\""), 0xC3, 0x28, (byte)'"', (byte)'}'];
        using var http = Server.With(sender.Registered.Credential.AccessToken);
        using var content = new ByteArrayContent(body) { Headers = { ContentType = new("application/json") } };
        using var answer = await http.PostAsync("/api/v1/messages", content);
        Assert.That(await TestServer.CodeAsync(answer), Is.EqualTo("invalid"));
    }

    [Test]
    public async Task Send_WithAnIdOfTenThousandCharacters_IsInvalid()
    {
        var (sender, receiver) = await PairAsync();
        Assert.That(await CodeOfAsync(sender.SendToAsync(receiver.Id, new string('x', 10_000))), Is.EqualTo("invalid"));
    }

    [Test]
    public async Task Send_WithABodyOverTheLimit_IsTooLarge_AndTheConnectionStays()
    {
        var (sender, receiver) = await PairAsync();
        Assert.That(await CodeOfAsync(sender.SendToAsync(receiver.Id, body: new string('x', 64 * 1024))), Is.EqualTo("too_large"));
        await sender.SendToAsync(receiver.Id, body: new string('x', 64 * 1024 - 2));
        Assert.That((await receiver.NextAsync()).Body.GetString(), Has.Length.EqualTo(64 * 1024 - 2));
    }

    [Test]
    public async Task Send_ToSomebodyElsesDevice_IsNotFound_AndNothingIsStored()
    {
        var (sender, receiver) = await PairAsync();
        var (_, stranger) = await PairAsync();
        Assert.That(await CodeOfAsync(sender.SendToAsync(stranger.Id)), Is.EqualTo("not_found"));
        var both = sender.SendAsync(new { id = "b", to = new { devices = new[] { receiver.Id, stranger.Id } }, type = "t" });
        Assert.That(await CodeOfAsync(both), Is.EqualTo("not_found"));
        await receiver.ExpectNothingBeforeMarkerAsync();
        await stranger.ExpectNothingBeforeMarkerAsync();
    }

    [Test]
    public async Task AllOthers_WhenThereIsNone_IsNotFound()
    {
        var lonely = await Server.ConnectAsync(NewUser());
        Assert.That(await CodeOfAsync(lonely.SendAsync(new { id = "x", to = new { all = true }, type = "t" })), Is.EqualTo("not_found"));
    }

    [Test]
    public async Task UnknownMethodAndWrongArguments_LeaveTheConnectionOpen()
    {
        var (sender, receiver) = await PairAsync();
        Assert.ThrowsAsync<Microsoft.AspNetCore.SignalR.HubException>(() => sender.Hub.InvokeAsync("NoSuchMethod"));
        Assert.ThrowsAsync<Microsoft.AspNetCore.SignalR.HubException>(() => sender.Hub.InvokeAsync("Acknowledge", "one"));
        Assert.ThrowsAsync<Microsoft.AspNetCore.SignalR.HubException>(() => sender.Hub.InvokeAsync("Resume", 0));
        await sender.SendToAsync(receiver.Id, "after");
        Assert.That((await receiver.NextAsync()).Id, Is.EqualTo("after"));
    }
}
