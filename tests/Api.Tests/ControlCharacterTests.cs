using System.Net;
using RooCoord.Testing;

namespace RooCoord.Api.Tests;

/// <summary>Strings with control characters are invalid in queries too.</summary>
[TestFixture(Engine.Sqlite)]
[TestFixture(Engine.Postgres)]
public sealed class ControlCharacterTests(Engine engine) : EngineFixture(engine)
{
    [TestCase("messages?type=%00")]
    [TestCase("messages?before=%00")]
    [TestCase("messages?device=%00")]
    [TestCase("deadletters?device=%00")]
    [TestCase("deadletters?before=%00.1")]
    [TestCase("admin/users?q=%00")]
    public async Task Query_WithAControlCharacter_IsInvalid(string path)
    {
        using var http = Server.With(await Server.UserTokenAsync("root", "admin"));
        using var answer = await http.GetAsync($"/api/v1/{path}");
        Assert.That(answer.StatusCode, Is.EqualTo(HttpStatusCode.BadRequest), await answer.Content.ReadAsStringAsync());
    }
}
