using System.Collections.Concurrent;
using System.Net;
using System.Net.WebSockets;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using RooCoord.Testing;

namespace RooCoord.Api.Tests;

[TestFixture(Engine.Sqlite)]
[TestFixture(Engine.Postgres)]
public sealed class OperationsTests(Engine engine) : EngineFixture(engine)
{
    protected override string[] Settings => ["--RooCoord:Metrics:Token=scrape-me", "--Logging:LogLevel:Default=Debug", "--Logging:LogLevel:Microsoft.AspNetCore.SignalR=Debug", "--Logging:LogLevel:Microsoft.AspNetCore.Hosting=Information"];

    [Test]
    public async Task Health_NeedsNoToken()
    {
        using var live = await Server.Http.GetAsync("/health/live");
        using var ready = await Server.Http.GetAsync("/health/ready");
        Assert.That((live.StatusCode, ready.StatusCode), Is.EqualTo((HttpStatusCode.OK, HttpStatusCode.OK)));
        Assert.That(await ready.Content.ReadAsStringAsync(), Does.Contain("\"database\""));
    }

    [Test]
    public async Task Metrics_AreForAdminsAndTheMetricsToken()
    {
        var (sender, receiver) = await PairAsync();
        await sender.SendToAsync(receiver.Id);
        await receiver.NextAsync();
        using var admin = Server.With(await Server.UserTokenAsync("root", "admin"));
        using var scraper = Server.With("scrape-me");
        using var user = Server.With(await Server.UserTokenAsync());
        var text = await scraper.GetStringAsync("/metrics");
        Assert.That(text, Does.Match("roocoord_connections [1-9]").And.Match("roocoord_messages_delivered_total [1-9]").And.Contain("# TYPE roocoord_commit_duration histogram"));
        Assert.That(await admin.GetStringAsync("/metrics"), Does.Contain("dotnet_"));
        using var refused = await user.GetAsync("/metrics");
        using var none = await Server.Http.GetAsync("/metrics");
        Assert.That((refused.StatusCode, none.StatusCode), Is.EqualTo((HttpStatusCode.Forbidden, HttpStatusCode.Unauthorized)));
    }

    [Test]
    public async Task OpenApi_DescribesTheEndpoints()
    {
        using var http = Server.With(await Server.UserTokenAsync());
        Assert.That(await http.GetStringAsync("/openapi/v1.json"), Does.Contain("/api/v1/devices/{id}/credential").And.Contain("/api/v1/messages").And.Contain("/api/v1/admin/users/{id}/revoke-tokens").And.Contain("\"Admin\"").And.Not.Contain("negotiate"));
    }

    [Test]
    public async Task UnknownPathsAndMethods_AreProblems_AndOptionsNeedsNoToken()
    {
        using var http = Server.With(await Server.UserTokenAsync());
        using var unknown = await http.GetAsync("/api/v1/nothing");
        using var method = await http.PutAsync("/api/v1/devices", null);
        using var options = await Server.Http.SendAsync(new(HttpMethod.Options, "/api/v1/devices"));
        Assert.That((await TestServer.CodeAsync(unknown), method.StatusCode, await TestServer.CodeAsync(method), options.StatusCode),
            Is.EqualTo(("not_found", HttpStatusCode.MethodNotAllowed, "invalid", HttpStatusCode.NoContent)));
    }

    [Test]
    public async Task Logs_HaveNoTokensNoHubQueriesAndNoBodies()
    {
        var log = new KeepingLogger();
        Server.Services.GetRequiredService<ILoggerFactory>().AddProvider(log);
        var (sender, receiver) = await PairAsync();
        await sender.SendToAsync(receiver.Id, body: "the-secret-body");
        await receiver.NextAsync();
        var token = receiver.Registered.Credential.AccessToken;
        using var socket = new ClientWebSocket();
        await socket.ConnectAsync(new UriBuilder(Server.Url) { Scheme = "ws", Path = "/hubs/devices", Query = $"access_token={token}" }.Uri, CancellationToken.None);
        using var refresh = await Server.Http.PostAsync("/api/v1/devices/token", System.Net.Http.Json.JsonContent.Create(new { refreshToken = "the-secret-refresh" }));
        await CodeOfAsync(sender.SendToAsync("nobody", body: "the-secret-body"));
        Assert.That(log.Lines, Is.Not.Empty, "nothing was logged: this test would prove nothing");
        Assert.That(log.Lines.Where(l => l.Contains(token, StringComparison.Ordinal) || l.Contains("access_token=", StringComparison.Ordinal) || l.Contains("the-secret", StringComparison.Ordinal)), Is.Empty);
    }

    private sealed class KeepingLogger : ILoggerProvider, ILogger
    {
        public ConcurrentQueue<string> Lines { get; } = [];

        public ILogger CreateLogger(string categoryName) => this;

        public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            Lines.Enqueue(formatter(state, exception) + exception);

        public void Dispose() { }
    }
}
