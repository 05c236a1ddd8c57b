using System.Net;
using System.Text.Json;
using Microsoft.AspNetCore.WebUtilities;
using RooCoord.EndToEnd.Tests.Processes;
using RooCoord.Testing;

namespace RooCoord.EndToEnd.Tests;

[CancelAfter(Deadline.TestMilliseconds)]
internal sealed class TokenCommandTests
{
    [Test]
    public async Task Token_IsTheOnlyLineOnStandardOutput()
    {
        await using var database = await TestDatabase.CreateAsync(Engine.Sqlite);

        var result = await RunAsync(database, "token", "--user", "alice");

        Assert.That(result.ExitCode, Is.Zero, () => result.Transcript);
        Assert.That(result.Output, Has.Count.EqualTo(1));
        var payload = Payload(result.Output[0]);
        Assert.Multiple(() =>
        {
            Assert.That(payload.GetProperty("sub").GetString(), Is.EqualTo("alice"));
            Assert.That(payload.GetProperty("role").GetString(), Is.EqualTo("user"));
            Assert.That(Hours(payload), Is.EqualTo(12).Within(0.01), "12 hours unless told otherwise");
        });
    }

    [Test]
    public async Task Token_ForAnAdmin_SaysSo()
    {
        await using var database = await TestDatabase.CreateAsync(Engine.Sqlite);

        var result = await RunAsync(database, "token", "--user", "root", "--role", "admin", "--hours", "0.5");

        var payload = Payload(result.Require("token").Output.Single());
        Assert.That(payload.GetProperty("role").GetString(), Is.EqualTo("admin"));
        Assert.That(Hours(payload), Is.EqualTo(0.5).Within(0.01));
    }

    [TestCase("token")]
    [TestCase("token", "--user", "")]
    [TestCase("token", "--user", "alice", "--role", "emperor")]
    [TestCase("token", "--user", "alice", "--hours", "0")]
    [TestCase("token", "--user", "alice", "--hours", "-1")]
    [TestCase("token", "--user", "alice", "--hours", "8761")]
    [TestCase("token", "--user", "alice", "--hours", "abc")]
    public async Task Token_WithWrongArguments_SaysSoOnStandardErrorAlone(params string[] command)
    {
        await using var database = await TestDatabase.CreateAsync(Engine.Sqlite);

        var result = await RunAsync(database, command);

        Assert.Multiple(() =>
        {
            Assert.That(result.ExitCode, Is.Not.Zero);
            Assert.That(result.Errors, Has.Some.Contains("--").Or.Some.Contains("Must be one of"), "a message for people");
            Assert.That(result.Errors, Has.None.Contains("   at "), "no stack trace");
            Assert.That(result.Output, Is.Empty, "nothing that a script could take for a token");
        });
    }

    [TestCase(Engine.Sqlite)]
    [TestCase(Engine.Postgres)]
    public async Task Token_MadeBesideARunningServer_OpensIt(Engine engine)
    {
        await using var server = await ServerProcess.StartAsync(engine);
        var token = await server.TokenAsync("alice");

        using var answer = await server.GetAsync("/api/v1/devices", token);

        Assert.That(answer.StatusCode, Is.EqualTo(HttpStatusCode.OK));
    }

    [Test]
    public async Task SigningKeys_AreReadableByTheirOwnerAlone()
    {
        if (OperatingSystem.IsWindows()) Assert.Ignore("Windows has no file modes: the folder's access list rules there.");
        await using var database = await TestDatabase.CreateAsync(Engine.Sqlite);

        (await RunAsync(database, "token", "--user", "alice")).Require("token");

        Assert.That(Mode(Path.Combine(database.Folder, "signing-keys.json")), Is.EqualTo(UnixFileMode.UserRead | UnixFileMode.UserWrite));
    }

    private static Task<CommandResult> RunAsync(TestDatabase database, params string[] command) =>
        RooCoordProgram.RunAsync([.. command, $"--RooCoord:Data={database.Folder}"]);

    private static JsonElement Payload(string token) =>
        JsonDocument.Parse(WebEncoders.Base64UrlDecode(token.Split('.')[1])).RootElement;

    private static double Hours(JsonElement payload) =>
        (payload.GetProperty("exp").GetInt64() - payload.GetProperty("iat").GetInt64()) / 3600.0;

    private static UnixFileMode Mode(string file) => OperatingSystem.IsWindows() ? default : File.GetUnixFileMode(file);
}
