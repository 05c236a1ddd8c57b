using System.Net;
using RooCoord.EndToEnd.Tests.Processes;
using RooCoord.Testing;

namespace RooCoord.EndToEnd.Tests;

/// <summary>What a page of another origin may read, asked as browsers ask.</summary>
[CancelAfter(Deadline.TestMilliseconds)]
internal sealed class OriginTests
{
    private const string Origin = "https://app.example";
    private const string Negotiate = "/hubs/devices/negotiate?negotiateVersion=1";
    // What stock SignalR clients send beside what a browser may always send.
    private const string SignalRHeaders = "authorization,x-requested-with,x-signalr-user-agent";

    [Test]
    public async Task Negotiation_OfAnotherOrigin_IsAnsweredByItsNameWithCredentials()
    {
        await using var server = await ServerProcess.StartAsync(Engine.Sqlite);
        var device = await server.RegisterAsync("page");

        using var answer = await AskAsync(server, HttpMethod.Post, Negotiate, device.Credential.AccessToken);

        Assert.That(answer.StatusCode, Is.EqualTo(HttpStatusCode.OK));
        AssertAllowsByName(answer);
    }

    [Test]
    public async Task Negotiation_Refused_StillTellsThePageWhy()
    {
        await using var server = await ServerProcess.StartAsync(Engine.Sqlite);

        using var anonymous = await AskAsync(server, HttpMethod.Post, Negotiate, token: null);
        using var user = await AskAsync(server, HttpMethod.Post, Negotiate, await server.TokenAsync("alice"));

        Assert.That((anonymous.StatusCode, user.StatusCode), Is.EqualTo((HttpStatusCode.Unauthorized, HttpStatusCode.Forbidden)));
        AssertAllowsByName(anonymous);
        AssertAllowsByName(user);
    }

    [Test]
    public async Task Preflight_OfTheNegotiation_AllowsWhatStockClientsSend()
    {
        await using var server = await ServerProcess.StartAsync(Engine.Sqlite);
        using var request = new HttpRequestMessage(HttpMethod.Options, Negotiate);
        request.Headers.Add("Origin", Origin);
        request.Headers.Add("Access-Control-Request-Method", "POST");
        request.Headers.Add("Access-Control-Request-Headers", SignalRHeaders);

        using var answer = await server.Http.SendAsync(request, Deadline.Token);

        Assert.That(answer.IsSuccessStatusCode);
        AssertAllowsByName(answer);
        Assert.That(Header(answer, "Access-Control-Allow-Headers").ToLowerInvariant().Split(',', StringSplitOptions.TrimEntries), Is.SupersetOf(SignalRHeaders.Split(',')));
    }

    [Test]
    public async Task Rest_OfAnotherOrigin_IsOpenToAnyoneWithoutCredentials()
    {
        await using var server = await ServerProcess.StartAsync(Engine.Sqlite);

        using var answer = await AskAsync(server, HttpMethod.Get, "/api/v1/devices", await server.TokenAsync("alice"));

        Assert.That(answer.StatusCode, Is.EqualTo(HttpStatusCode.OK));
        Assert.That(Header(answer, "Access-Control-Allow-Origin"), Is.EqualTo("*"));
        Assert.That(answer.Headers.Contains("Access-Control-Allow-Credentials"), Is.False);
    }

    private static async Task<HttpResponseMessage> AskAsync(ServerProcess server, HttpMethod method, string path, string? token)
    {
        using var request = new HttpRequestMessage(method, path);
        request.Headers.Add("Origin", Origin);
        if (token is not null) request.Headers.Authorization = new("Bearer", token);
        return await server.Http.SendAsync(request, Deadline.Token);
    }

    private static void AssertAllowsByName(HttpResponseMessage answer) => Assert.Multiple(() =>
    {
        Assert.That(Header(answer, "Access-Control-Allow-Origin"), Is.EqualTo(Origin));
        Assert.That(Header(answer, "Access-Control-Allow-Credentials"), Is.EqualTo("true"));
    });

    private static string Header(HttpResponseMessage answer, string name) =>
        answer.Headers.TryGetValues(name, out var values) ? string.Join(',', values) : "";
}
