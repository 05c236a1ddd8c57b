using System.Net.Http.Json;
using System.Text.Json.Nodes;
using RooCoord.Testing;

namespace RooCoord.Api.Tests;

/// <summary>An operator sets the clock back, and the next look at expired messages comes late.</summary>
[TestFixture(Engine.Sqlite)]
[TestFixture(Engine.Postgres)]
public sealed class ClockSetBackTests(Engine engine)
{
    [Test]
    public async Task ATtl_ThatPassesBeforeTheNextLook_Expires()
    {
        var clock = new ManualTimeProvider();
        await using var server = await TestServer.StartAsync(engine, clock);
        using var http = server.With(await server.UserTokenAsync());
        var receiver = await server.RegisterAsync("alice");
        // Reached by the sweeper: twenty minutes later than what comes.
        clock.Advance(TimeSpan.FromMinutes(20));
        await ExpiredAsync(http, clock, await SendAsync(http, "before", receiver.Device.Id));
        clock.SetBack(TimeSpan.FromMinutes(20));
        var after = await SendAsync(http, "after", receiver.Device.Id);
        // No look between the message and the end of its time.
        clock.Advance(TimeSpan.FromSeconds(30));
        await ExpiredAsync(http, clock, after);
    }

    private static async Task<string> SendAsync(HttpClient http, string id, string device)
    {
        using var answer = await http.PostAsJsonAsync("/api/v1/messages", new { id, to = new { device }, type = "t", ttlSeconds = 2 });
        answer.EnsureSuccessStatusCode();
        return id;
    }

    private static async Task ExpiredAsync(HttpClient http, ManualTimeProvider clock, string id)
    {
        using var pace = new PeriodicTimer(TimeSpan.FromMilliseconds(20));
        for (var i = 0; i < 250; i++)
        {
            var message = await http.GetFromJsonAsync<JsonNode>($"/api/v1/messages/{id}");
            if (message!["deliveries"]![0]!["state"]!.GetValue<string>() == "expired") return;
            clock.Advance(TimeSpan.FromSeconds(1));
            await pace.WaitForNextTickAsync();
        }
        Assert.Fail($"`{id}` never expires");
    }
}
