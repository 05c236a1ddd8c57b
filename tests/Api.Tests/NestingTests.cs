using System.Net;
using System.Text;
using System.Text.Json;
using RooCoord.Testing;

namespace RooCoord.Api.Tests;

/// <summary>Nothing is taken that a .NET client, which reads 64 levels of a frame, could not be told.</summary>
[TestFixture(Engine.Sqlite)]
[TestFixture(Engine.Postgres)]
public sealed class NestingTests(Engine engine) : EngineFixture(engine)
{
    private static string Nested(int depth) => $"{string.Concat(Enumerable.Repeat("{\"a\":", depth))}1{new string('}', depth)}";

    [Test]
    public async Task Body_IsTakenOverRest_OnlyAsDeepAsAHubFrameCanBringIt()
    {
        var user = NewUser();
        var (_, receiver) = await PairAsync(user);
        using var http = Server.With(await Server.UserTokenAsync(user));
        async Task<HttpStatusCode> SendAsync(int depth)
        {
            using var message = new StringContent(
                $$"""{"id":"nested{{depth}}","to":{"device":"{{receiver.Id}}"},"type":"t","body":{{Nested(depth)}}}""", Encoding.UTF8, "application/json");
            using var answer = await http.PostAsync("/api/v1/messages", message);
            return answer.StatusCode;
        }
        Assert.That((await SendAsync(62), await SendAsync(61)), Is.EqualTo((HttpStatusCode.BadRequest, HttpStatusCode.OK)));
        Assert.That((await receiver.NextAsync()).Id, Is.EqualTo("nested61"));
    }

    [Test]
    public async Task Report_IsTaken_OnlyAsDeepAsAListOfDevicesCanTellIt()
    {
        var (one, other) = await PairAsync();
        Assert.That(await CodeOfAsync(one.ReportAsync(JsonElement.Parse(Nested(61)))), Is.EqualTo("invalid"));
        await one.ReportAsync(JsonElement.Parse(Nested(60)));
        await other.ChangeAsync(d => d.Id == one.Id && d.Telemetry is not null);
        Assert.That((await other.ListDevicesAsync(null)).GetProperty("items").GetArrayLength(), Is.EqualTo(2));
    }
}
