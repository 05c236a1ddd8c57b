using System.Net;
using RooCoord.Testing;

namespace RooCoord.Api.Tests;

/// <summary>Lists in which nothing is found, and filters no text can be.</summary>
[TestFixture(Engine.Sqlite)]
[TestFixture(Engine.Postgres)]
public sealed class EmptyListTests(Engine engine) : EngineFixture(engine)
{
    [Test]
    public async Task UsersThatNobodyIs_AreAnEmptyList()
    {
        using var http = Server.With(await Server.UserTokenAsync("root", "admin"));
        using var answer = await http.GetAsync("/api/v1/admin/users?q=nobody-has-this-in-the-id");
        Assert.That(answer.StatusCode, Is.EqualTo(HttpStatusCode.OK), await answer.Content.ReadAsStringAsync());
    }
}
