using System.Net;
using RooCoord.Testing;

namespace RooCoord.Api.Tests;

/// <summary>Retention and routes that still wait for their time.</summary>
[TestFixture(Engine.Sqlite)]
[TestFixture(Engine.Postgres)]
public sealed class StrippedRouteTests(Engine engine) : ChainFixture(engine)
{
    protected override string[] Settings { get; } = ["--RooCoord:Retention:Messages=5", "--RooCoord:Retention:Interval=00:00:05"];

    [Test]
    public async Task FallbackStep_DoesNotBegin_OfAMessageThatWasAcknowledgedAndThenStrippedToItsId()
    {
        var user = NewUser();
        var (sender, one, two) = (await DeviceAsync(user, "server"), await DeviceAsync(user), await DeviceAsync(user, "mobile"));
        var id = Id();
        await sender.SendAsync(Chain(id, new { device = one.Id }, (new { device = two.Id }, 1_500)));
        await one.NextAsync();
        await one.AcknowledgeAsync(1);
        for (var i = 0; i < 12; i++) await sender.SendToAsync(sender.Id);
        await sender.AcknowledgeAsync(12);
        using var http = Server.With(await Server.UserTokenAsync(user));
        await UntilAsync(async () => (await http.GetAsync($"/api/v1/messages/{id}")).StatusCode == HttpStatusCode.Gone, TimeSpan.FromSeconds(1));
        Clock.Advance(TimeSpan.FromSeconds(1_600));
        // A later chain shows that the timers have been looked at.
        var probe = Id();
        await sender.SendAsync(Chain(probe, new { device = one.Id }, (new { device = two.Id }, 2)));
        var next = two.NextAsync();
        var ended = await Task.WhenAny(UntilAsync(next, TimeSpan.FromMilliseconds(250)), two.Closed);
        Assert.That(two.Hub.State, Is.EqualTo(Microsoft.AspNetCore.SignalR.Client.HubConnectionState.Connected), $"its connection ended: {(ended == two.Closed ? (await two.Closed)?.Message : "")}");
        Assert.That((await next).Id, Is.EqualTo(probe));
    }
}
