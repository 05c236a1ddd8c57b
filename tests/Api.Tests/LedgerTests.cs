using System.Net;
using System.Net.Http.Json;
using System.Text;
using RooCoord.Contracts;
using RooCoord.Testing;

namespace RooCoord.Api.Tests;

/// <summary>Ledger, history, receipts and dead letters.</summary>
[TestFixture(Engine.Sqlite)]
[TestFixture(Engine.Postgres)]
public sealed class LedgerTests(Engine engine) : EngineFixture(engine)
{
    private static string Id() => Guid.CreateVersion7().ToString("N");

    private async Task<HttpClient> HttpAsync(TestDevice device) => Server.With(await Server.UserTokenAsync(device.Registered.Device.UserId));

    private static async Task<T> GetAsync<T>(HttpClient http, string path) => (await http.GetFromJsonAsync<T>(path, Wire.Json))!;

    [Test]
    public async Task Ledger_TellsEveryDeliveryAndTheRoute()
    {
        var user = NewUser();
        var (sender, one) = await PairAsync(user);
        var two = await Server.ConnectAsync(user, "two");
        var id = Id();
        await sender.SendAsync(new { id, to = new { match = new { }, mode = "every" }, type = "t", body = new { n = 1.50m }, correlationId = "c" });
        await one.NextAsync();
        using var http = await HttpAsync(sender);
        var sent = await GetAsync<MessageRecord>(http, $"/api/v1/messages/{id}");
        Assert.That(sent.Deliveries.Select(d => (d.Device, d.State, d.Attempt)), Is.EqualTo(new[] { (one.Id, "sent", (int?)1), (two.Id, "stored", 1) }));
        Assert.That((Encoding.UTF8.GetString(sent.Body!.Value.Utf8.Span), sent.CorrelationId, sent.From.Device), Is.EqualTo(("{\"n\":1.50}", "c", sender.Id)));
        Assert.That((sent.Route.Single().Matched, sent.Route[0].Reason), Is.EqualTo((2, "every one that matches")));
        await one.AcknowledgeAsync(1);
        await two.ResumeAsync();
        await two.NextAsync();
        await two.RejectAsync(1, "no");
        var ended = await GetAsync<MessageRecord>(http, $"/api/v1/messages/{id}");
        Assert.That(ended.Deliveries.Select(d => (d.State, d.Reason)), Is.EqualTo(new[] { ("acknowledged", null), ("rejected", "no") }));
        Assert.That(ended.Deliveries.Select(d => d.At >= ended.SentAt), Is.All.True);
        using var stranger = Server.With(await Server.UserTokenAsync(NewUser()));
        Assert.That((await stranger.GetAsync($"/api/v1/messages/{id}")).StatusCode, Is.EqualTo(HttpStatusCode.NotFound));
    }

    [TestCase("""{ "n" : 1.50, "n":2, "s":"\u00e9\/" }""")]
    [TestCase("""{"half":"\ud800"}""")]
    [TestCase("\"\\udfff\"")]
    public async Task Body_IsToldAsTheTextItCameAs(string text)
    {
        var (sender, receiver) = await PairAsync();
        var id = Id();
        using var http = await HttpAsync(sender);
        using var message = new StringContent($$"""{"id":"{{id}}","to":{"device":"{{receiver.Id}}"},"type":"t","body":{{text}}}""", Encoding.UTF8, "application/json");
        using var sent = await http.PostAsync("/api/v1/messages", message);
        Assert.That(sent.StatusCode, Is.EqualTo(HttpStatusCode.OK));
        await receiver.RejectAsync(1);
        Assert.That(await http.GetStringAsync($"/api/v1/messages/{id}"), Does.Contain($"\"body\":{text},"));
        Assert.That(await http.GetStringAsync("/api/v1/deadletters"), Does.Contain($"\"body\":{text},"));
    }

    [Test]
    public async Task History_PagesNewestFirst_AndFilters()
    {
        var (sender, receiver) = await PairAsync();
        for (var i = 0; i < 7; i++)
            await sender.SendAsync(new { id = $"h{i}", to = new { device = receiver.Id }, type = i % 2 == 0 ? "even" : "odd" });
        await receiver.NextAsync(7);
        await receiver.AcknowledgeAsync(3);
        await receiver.RejectAsync(4);
        using var http = await HttpAsync(sender);
        var seen = new List<string>();
        for (string? before = null; ;)
        {
            var page = await GetAsync<HistoryPage<MessageRecord>>(http, $"/api/v1/messages?limit=3{(before is null ? "" : $"&before={before}")}");
            seen.AddRange(page.Items.Select(m => m.Id));
            if ((before = page.NextBefore) is null) break;
        }
        Assert.That(seen, Is.EqualTo(new[] { "h6", "h5", "h4", "h3", "h2", "h1", "h0" }));
        async Task<string[]> Ids(string query) => [.. (await GetAsync<HistoryPage<MessageRecord>>(http, $"/api/v1/messages?{query}")).Items.Select(m => m.Id)];
        Assert.That(await Ids("type=odd"), Is.EqualTo(new[] { "h5", "h3", "h1" }));
        Assert.That(await Ids("state=acknowledged"), Is.EqualTo(new[] { "h2", "h1", "h0" }));
        Assert.That(await Ids("state=rejected"), Is.EqualTo(new[] { "h3" }));
        Assert.That(await Ids($"device={sender.Id}"), Is.Empty);
        Assert.That(await TestServer.CodeAsync(await http.GetAsync("/api/v1/messages?state=lost")), Is.EqualTo("invalid"));
        Assert.That(await TestServer.CodeAsync(await http.GetAsync("/api/v1/messages?limit=0")), Is.EqualTo("invalid"));
        Assert.That(await TestServer.CodeAsync(await http.GetAsync("/api/v1/messages?before=unknown")), Is.EqualTo("not_found"));
    }

    private Task SendAsync(TestDevice sender, TestDevice receiver, string id, string receipts) =>
        sender.SendAsync(new { id, to = new { device = receiver.Id }, type = "t", receipts });

    [Test]
    public async Task Receipts_TellFinalStates_LiveAndReplayed()
    {
        var (sender, receiver) = await PairAsync();
        await SendAsync(sender, receiver, "one", "final");
        await SendAsync(sender, receiver, "none", "none");
        await SendAsync(sender, receiver, "two", "final");
        await receiver.NextAsync(3);
        await receiver.AcknowledgeAsync(2);
        var live = await sender.ReceiptAsync();
        Assert.That((live.Id, live.Device, live.Seq, live.State), Is.EqualTo(("one", receiver.Id, 1, "acknowledged")));
        await receiver.RejectAsync(3, "why not");
        await sender.ReceiptAsync();
        // Not yet told for 30 s: the next connection hears all of it again, oldest first.
        await using var again = await sender.ReconnectAsync();
        await again.ResumeAsync();
        Assert.That(((await again.ReceiptAsync()).Id, (await again.ReceiptAsync()).Reason), Is.EqualTo(("one", "why not")));
    }

    [Test]
    public async Task Receipts_All_TellEveryStep()
    {
        var (sender, receiver) = await PairAsync();
        await SendAsync(sender, receiver, "m", "all");
        await receiver.NextAsync();
        await receiver.AcknowledgeAsync(1);
        var states = new[] { await sender.ReceiptAsync(), await sender.ReceiptAsync(), await sender.ReceiptAsync() }.Select(r => r.State);
        Assert.That(states, Is.EqualTo(new[] { "stored", "sent", "acknowledged" }));
    }

    [Test]
    public async Task Receipts_WhileTheSenderIsAway_Wait()
    {
        var (sender, receiver) = await PairAsync();
        await SendAsync(sender, receiver, "m", "final");
        await sender.DisposeAsync();
        await receiver.NextAsync();
        await receiver.AcknowledgeAsync(1);
        await using var again = await sender.ReconnectAsync();
        await again.ResumeAsync();
        Assert.That((await again.ReceiptAsync()).State, Is.EqualTo("acknowledged"));
    }

    [Test]
    public async Task DeadLetters_AreListed_Redriven_AndPurged()
    {
        var (sender, receiver) = await PairAsync();
        for (var i = 0; i < 3; i++) await sender.SendToAsync(receiver.Id, $"d{i}", body: i);
        await receiver.NextAsync(3);
        for (var seq = 1; seq <= 3; seq++) await receiver.RejectAsync(seq, $"r{seq}");
        using var http = await HttpAsync(sender);
        var first = await GetAsync<HistoryPage<DeadLetter>>(http, "/api/v1/deadletters?limit=2");
        var rest = await GetAsync<HistoryPage<DeadLetter>>(http, $"/api/v1/deadletters?limit=2&before={first.NextBefore}");
        var letters = first.Items.Concat(rest.Items).ToList();
        Assert.That(letters.Select(l => (l.Id, l.Reason)), Is.EquivalentTo(new[] { ("d0", "r1"), ("d1", "r2"), ("d2", "r3") }));
        Assert.That(rest.NextBefore, Is.Null);
        Assert.That((await GetAsync<HistoryPage<DeadLetter>>(http, $"/api/v1/deadletters?device={sender.Id}")).Items, Is.Empty);

        var letter = letters.Single(l => l.Id == "d1");
        var redriven = await PostAsync(http, letter.DeliveryId);
        Assert.That((redriven.Seq, redriven.Attempt), Is.EqualTo((4L, 2)));
        var again = await receiver.NextAsync();
        Assert.That((again.Seq, again.Id, again.Attempt), Is.EqualTo((4L, "d1", 2)));
        Assert.That((await PostAsync(http, letter.DeliveryId)).Seq, Is.EqualTo(4), "the answer that was lost");
        Assert.That((await http.DeleteAsync($"/api/v1/deadletters/{letters.Single(l => l.Id == "d0").DeliveryId}")).StatusCode, Is.EqualTo(HttpStatusCode.NoContent));
        Assert.That((await GetAsync<HistoryPage<DeadLetter>>(http, "/api/v1/deadletters")).Items.Select(l => l.Id), Is.EqualTo(new[] { "d2" }));
        Assert.That((await http.DeleteAsync($"/api/v1/deadletters/{letter.DeliveryId}")).StatusCode, Is.EqualTo(HttpStatusCode.NotFound));
        await receiver.AcknowledgeAsync(4);
        Assert.That((await GetAsync<MessageRecord>(http, "/api/v1/messages/d1")).Deliveries.Select(d => d.State), Is.EqualTo(new[] { "rejected", "acknowledged" }));
        using var stranger = Server.With(await Server.UserTokenAsync(NewUser()));
        Assert.That((await stranger.PostAsync($"/api/v1/deadletters/{letters.Single(l => l.Id == "d2").DeliveryId}/redrive", null)).StatusCode, Is.EqualTo(HttpStatusCode.NotFound));
        await receiver.ExpectNothingBeforeMarkerAsync();
    }

    private static async Task<DeliveryRecord> PostAsync(HttpClient http, string deliveryId)
    {
        using var answer = await http.PostAsync($"/api/v1/deadletters/{deliveryId}/redrive", null);
        answer.EnsureSuccessStatusCode();
        return (await answer.Content.ReadFromJsonAsync<DeliveryRecord>(Wire.Json))!;
    }
}
