using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using RooCoord.Api;
using RooCoord.Contracts;

namespace RooCoord.Testing;

/// <summary>A server in this process: the real wiring, a real socket, the database given, a clock of the test's if it wants one.</summary>
public sealed class TestServer : IAsyncDisposable
{
    // Many tests send in bulk; those of the limit set it.
    private const string NoRateLimit = "--RooCoord:Limits:MessagesPerSecond=0";

    private readonly WebApplication _app;
    private readonly TestDatabase _database;
    private readonly bool _ownsDatabase;
    private Task? _stopped;

    private TestServer(WebApplication app, TestDatabase database, bool ownsDatabase, ManualTimeProvider? clock)
    {
        (_app, _database, _ownsDatabase, Clock) = (app, database, ownsDatabase, clock);
        Url = new(app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single());
        Http = new() { BaseAddress = Url };
    }

    public Uri Url { get; }
    public HttpClient Http { get; }
    public ManualTimeProvider? Clock { get; }
    public IServiceProvider Services => _app.Services;
    public TestDatabase Database => _database;

    public static async Task<TestServer> StartAsync(Engine engine, ManualTimeProvider? clock = null, params string[] settings) =>
        await StartAsync(await TestDatabase.CreateAsync(engine), ownsDatabase: true, clock, settings);

    public static Task<TestServer> StartAsync(TestDatabase database, bool ownsDatabase, ManualTimeProvider? clock = null, params string[] settings) =>
        StartAsync(database, ownsDatabase, clock, null, settings);

    /// <summary>With some services other than usual.</summary>
    public static async Task<TestServer> StartAsync(Engine engine, Action<IServiceCollection> customize) =>
        await StartAsync(await TestDatabase.CreateAsync(engine), ownsDatabase: true, null, customize, []);

    /// <summary>With some services other than usual, and a clock.</summary>
    public static async Task<TestServer> StartAsync(Engine engine, ManualTimeProvider? clock, Action<IServiceCollection> customize, params string[] settings) =>
        await StartAsync(await TestDatabase.CreateAsync(engine), ownsDatabase: true, clock, customize, settings);

    private static async Task<TestServer> StartAsync(
        TestDatabase database, bool ownsDatabase, ManualTimeProvider? clock, Action<IServiceCollection>? customize, string[] settings)
    {
        // Devices that a test leaves connected are cut when its server stops, unless it says otherwise.
        string[] args = ["--urls", "http://127.0.0.1:0", $"--RooCoord:Data={database.Folder}", $"--RooCoord:Database={database.Setting}", "--RooCoord:Drain:Seconds=0", NoRateLimit, .. settings];
        var app = RooCoordServer.Build(args, services =>
        {
            if (clock is not null) services.Replace(ServiceDescriptor.Singleton<TimeProvider>(clock));
            customize?.Invoke(services);
        });
        await app.StartAsync();
        return new(app, database, ownsDatabase, clock);
    }

    /// <summary>A token of a user, as the command `token` prints it.</summary>
    public Task<string> UserTokenAsync(string user = "alice", string role = "user") => Tokens.UserAsync(Services, user, role);

    /// <summary>An HTTP client that sends this token.</summary>
    public HttpClient With(string token) => new()
    {
        BaseAddress = Url,
        DefaultRequestHeaders = { Authorization = new AuthenticationHeaderValue("Bearer", token) },
    };

    /// <summary>Registers a device of the user.</summary>
    public async Task<RegisteredDevice> RegisterAsync(string user = "alice", string name = "device", string type = "desktop", params string[] capabilities)
    {
        using var http = With(await UserTokenAsync(user));
        using var answer = await http.PostAsJsonAsync("/api/v1/devices", new { name, type, capabilities });
        answer.EnsureSuccessStatusCode();
        return (await answer.Content.ReadFromJsonAsync<RegisteredDevice>(Wire.Json))!;
    }

    /// <summary>Registers a device and connects it; it does not resume yet.</summary>
    public async Task<TestDevice> ConnectAsync(string user = "alice", string name = "device", string type = "desktop", params string[] capabilities)
    {
        var registered = await RegisterAsync(user, name, type, capabilities);
        return await TestDevice.ConnectAsync(Url, registered);
    }

    /// <summary>The <c>code</c> of a problem, and that it is one.</summary>
    public static async Task<string?> CodeAsync(HttpResponseMessage answer)
    {
        if (answer.Content.Headers.ContentType?.MediaType != "application/problem+json") return null;
        return (await answer.Content.ReadFromJsonAsync<JsonObject>())?["code"]?.GetValue<string>();
    }

    /// <summary>Stops as the process does when it is told to.</summary>
    public Task StopAsync() => _stopped ??= _app.StopAsync();

    public async ValueTask DisposeAsync()
    {
        Http.Dispose();
        await StopAsync();
        await _app.DisposeAsync();
        if (_ownsDatabase) await _database.DisposeAsync();
    }
}
