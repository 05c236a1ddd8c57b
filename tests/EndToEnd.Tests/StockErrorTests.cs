using RooCoord.Contracts;
using RooCoord.EndToEnd.Tests.Clients;
using RooCoord.EndToEnd.Tests.Processes;
using RooCoord.Testing;

namespace RooCoord.EndToEnd.Tests;

/// <summary>What an app on the stock JavaScript client reads when it did something wrong.</summary>
[CancelAfter(Deadline.TestMilliseconds)]
[TestFixture(Engine.Sqlite)]
[TestFixture(Engine.Postgres)]
internal sealed class StockErrorTests(Engine engine)
{
    private static readonly (string Call, string Code)[] Expected =
    [
        ("Send without id", ErrorCodes.Invalid),
        ("Send to a device that is not there", ErrorCodes.NotFound),
        ("Send with an unknown field in `to`", ErrorCodes.Invalid),
        ("Send with a number as type", ErrorCodes.Invalid),
        ("Send a body beyond the limit", ErrorCodes.TooLarge),
        ("Send other content with the same id", ErrorCodes.Conflict),
        ("Resume with window 0", ErrorCodes.Invalid),
        ("Resume beyond the head", ErrorCodes.Conflict),
        ("Acknowledge beyond the head", ErrorCodes.Invalid),
        ("Call of itself", ErrorCodes.Invalid),
        ("Call of a device that is not there", ErrorCodes.NotFound),
    ];

    [Test]
    public async Task WrongCalls_EndInTheCodeAndAText_AndLeaveTheConnectionOpen()
    {
        await using var server = await ServerProcess.StartAsync(engine);
        var device = await server.RegisterAsync("page");

        var answers = await NodeScript.RunAsync<Answer>("errors.mjs", new
        {
            Url = server.Url.GetLeftPart(UriPartial.Authority),
            device.Device.Id,
            Token = device.Credential.AccessToken,
        });

        Assert.Multiple(() =>
        {
            foreach (var (call, code) in Expected)
                Assert.That(answers.Single(a => a.Call == call).Message, Does.Match($"HubException: {code}: \\S.*$"), call);
            Assert.That(answers.Single(a => a.Call == "an unknown method").Message, Is.Not.Empty.And.Not.Contain("   at "));
            Assert.That(answers.Single(a => a.Call == "a right call, after all").Message, Is.Null);
        });
    }

    [Test]
    public async Task AUserToken_DoesNotOpenTheHub_AndTheClientHearsOf403()
    {
        await using var server = await ServerProcess.StartAsync(engine);

        var answers = await NodeScript.RunAsync<Answer>("entry.mjs", new
        {
            Url = server.Url.GetLeftPart(UriPartial.Authority),
            Token = await server.TokenAsync("alice"),
        });

        Assert.That(answers.Single().Message, Does.Contain("403"));
    }

    /// <param name="Call">What was tried.</param>
    /// <param name="Message">The text of the error; null when there was none.</param>
    internal sealed record Answer(string Call, string? Message);
}
