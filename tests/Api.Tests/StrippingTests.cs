using System.Net;
using RooCoord.Testing;

namespace RooCoord.Api.Tests;

/// <summary>Stripping by number goes on after a restart.</summary>
[TestFixture(Engine.Sqlite)]
[TestFixture(Engine.Postgres)]
public sealed class StrippingTests(Engine engine)
{
    private static readonly string[] Settings = ["--RooCoord:Retention:Messages=5", "--RooCoord:Retention:Interval=00:00:05"];

    [Test]
    public async Task MessagesBeyondTheNumber_AreStripped_AlsoWhenTheServerWasRestartedAfterAPageOfThem()
    {
        await using var database = await TestDatabase.CreateAsync(engine);
        var clock = new ManualTimeProvider();
        await using (var server = await TestServer.StartAsync(database, ownsDatabase: false, clock, Settings))
        {
            await SendAsync(server, "a");
            await UntilGoneAsync(server, clock, "a200");
        }
        await using var restarted = await TestServer.StartAsync(database, ownsDatabase: false, clock, Settings);
        await SendAsync(restarted, "b");
        await UntilGoneAsync(restarted, clock, "b100");
    }

    private static async Task SendAsync(TestServer server, string prefix)
    {
        await using var device = await server.ConnectAsync(name: prefix);
        await device.ResumeAsync();
        await Task.WhenAll(Enumerable.Range(0, 230).Select(i => device.SendToAsync(device.Id, $"{prefix}{i}")));
        await device.AcknowledgeAsync(230);
    }

    private static async Task UntilGoneAsync(TestServer server, ManualTimeProvider clock, string id)
    {
        using var http = server.With(await server.UserTokenAsync());
        using var pace = new PeriodicTimer(TimeSpan.FromMilliseconds(10));
        for (var i = 0; i < 300; i++)
        {
            using (var answer = await http.GetAsync($"/api/v1/messages/{id}"))
                if (answer.StatusCode == HttpStatusCode.Gone) return;
            clock.Advance(TimeSpan.FromSeconds(1));
            await pace.WaitForNextTickAsync();
        }
        Assert.Fail($"{id} was not stripped");
    }
}
