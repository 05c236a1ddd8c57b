using System.Net;
using System.Net.Http.Json;
using RooCoord.Contracts;
using RooCoord.Testing;

namespace RooCoord.Api.Tests;

/// <summary>What is settled is forgotten by age and by number, what is open is not; on a clock of the test's.</summary>
[TestFixture(Engine.Sqlite)]
[TestFixture(Engine.Postgres)]
public sealed class RetentionTests(Engine engine) : EngineFixture(engine)
{
    protected override ManualTimeProvider Clock { get; } = new();
    protected override string[] Settings { get; } =
        ["--RooCoord:Retention:Age=00:10:00", "--RooCoord:Retention:Messages=10", "--RooCoord:Retention:Interval=00:00:05", "--RooCoord:Retention:DeadLetters=00:20:00"];

    private async Task UntilAsync(Func<Task<bool>> holds)
    {
        using var pace = new PeriodicTimer(TimeSpan.FromMilliseconds(20));
        for (var i = 0; i < 500; i++)
        {
            if (await holds()) return;
            Clock.Advance(TimeSpan.FromSeconds(1));
            await pace.WaitForNextTickAsync();
        }
        Assert.Fail("it did not happen");
    }

    [Test]
    public async Task Settled_AreStrippedByNumber_ThenForgottenByAge_OpenOnesAndDeadLettersStay()
    {
        var (sender, receiver) = await PairAsync(window: 64);
        await sender.SendToAsync(receiver.Id, "dead", priority: "high");
        await receiver.NextAsync();
        await receiver.RejectAsync(1);
        await sender.SendToAsync(receiver.Id, "first", 1);
        for (var i = 0; i < 30; i++) await sender.SendToAsync(receiver.Id, $"s{i}", i);
        await sender.SendToAsync(receiver.Id, "open", priority: "low");
        for (var i = 0; i < 15; i++) await sender.SendToAsync(sender.Id, $"later{i}", i);
        await receiver.AcknowledgeAsync(32);
        await sender.AcknowledgeAsync(15);
        using var http = Server.With(await Server.UserTokenAsync(sender.Registered.Device.UserId));
        async Task<HttpStatusCode> Status(string id) => (await http.GetAsync($"/api/v1/messages/{id}")).StatusCode;

        await UntilAsync(async () => await Status("first") == HttpStatusCode.Gone);
        Assert.That(await Status("later14"), Is.EqualTo(HttpStatusCode.OK), "among the newest");
        Assert.That((await sender.SendToAsync(receiver.Id, "first", 1)).Deliveries.Single().Seq, Is.EqualTo(2), "the id is remembered");
        Assert.That(await CodeOfAsync(sender.SendToAsync(receiver.Id, "first", 2)), Is.EqualTo("conflict"));
        Assert.That(await Status("open"), Is.EqualTo(HttpStatusCode.OK));

        Clock.Advance(TimeSpan.FromMinutes(11));
        await UntilAsync(async () => await Status("later14") == HttpStatusCode.NotFound);
        Assert.That(await Status("first"), Is.EqualTo(HttpStatusCode.NotFound));
        Assert.That(await Status("open"), Is.EqualTo(HttpStatusCode.OK), "open until its TTL ends");
        Assert.That((await http.GetFromJsonAsync<HistoryPage<DeadLetter>>("/api/v1/deadletters", Wire.Json))!.Items.Single().Id, Is.EqualTo("dead"));

        Clock.Advance(TimeSpan.FromMinutes(10));
        await UntilAsync(async () => await Status("dead") == HttpStatusCode.NotFound);
        var open = await receiver.NextAsync(32);
        Assert.That(open[^1].Id, Is.EqualTo("open"));
    }
}
