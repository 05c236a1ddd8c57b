using System.Net;
using System.Net.Http.Json;
using RooCoord.Contracts;
using RooCoord.Testing;

namespace RooCoord.EndToEnd.Tests.Processes;

/// <summary>The built server as a process of its own, on one port and one data folder for as long as the test lasts.</summary>
internal sealed class ServerProcess : IAsyncDisposable
{
    private const int KeptLines = 10;
    private const int KeptCharacters = 160;

    private readonly string[] _settings;
    private readonly string[] _storage;
    private readonly TestDatabase? _owned;
    private readonly TimeSpan _clockAhead;
    private ChildProcess _process;
    private string? _userToken;

    private ServerProcess(string folder, string database, TestDatabase? owned, string[] settings, TimeSpan clockAhead = default)
    {
        (Folder, _owned, _clockAhead) = (folder, owned, clockAhead);
        Url = new($"http://127.0.0.1:{FreePort.Find()}");
        _storage = [$"--RooCoord:Data={folder}", $"--RooCoord:Database={database}"];
        _settings = ["--urls", Url.GetLeftPart(UriPartial.Authority), .. _storage, .. settings];
        Http = new() { BaseAddress = Url, Timeout = TimeSpan.FromSeconds(10) };
        _process = RooCoordProgram.Start(_settings, _clockAhead);
    }

    public Uri Url { get; }
    public string Folder { get; }
    public HttpClient Http { get; }
    public ChildProcess Process => _process;

    public static async Task<ServerProcess> StartAsync(Engine engine, params string[] settings)
    {
        var database = await TestDatabase.CreateAsync(engine);
        return await ReadyAsync(new(database.Folder, database.Setting, database, settings));
    }

    /// <summary>On storage that the test owns.</summary>
    public static Task<ServerProcess> StartAsync(string folder, string database, params string[] settings) =>
        StartAsync(folder, database, TimeSpan.Zero, settings);

    /// <summary>On storage that the test owns, with a clock that is wrong.</summary>
    public static Task<ServerProcess> StartAsync(string folder, string database, TimeSpan clockAhead, params string[] settings) =>
        ReadyAsync(new(folder, database, null, settings, clockAhead));

    /// <summary>SIGKILL.</summary>
    public Task KillAsync() => _process.KillAsync();

    /// <summary>SIGTERM.</summary>
    public Task TellToStopAsync() => SignalAsync("-TERM");

    /// <summary>SIGSTOP.</summary>
    public Task FreezeAsync() => SignalAsync("-STOP");

    /// <summary>SIGCONT.</summary>
    public Task ThawAsync() => SignalAsync("-CONT");

    private async Task SignalAsync(string signal) => (await CommandResult.RunAsync("kill", [signal, $"{_process.Id}"])).Require("kill");

    /// <summary>The next process, on the same port and data.</summary>
    public async Task StartAgainAsync()
    {
        await _process.DisposeAsync();
        _process = RooCoordProgram.Start(_settings, _clockAhead);
        await ReadyAsync();
    }

    /// <summary>Another process with the same settings, which this one does not wait for.</summary>
    public ChildProcess StartSecond() => RooCoordProgram.Start(["--urls", "http://127.0.0.1:0", .. _storage]);

    /// <summary>Runs a command on this server's storage, beside it if it runs.</summary>
    public Task<CommandResult> RunAsync(params string[] command) => RooCoordProgram.RunAsync([.. command, .. _storage]);

    /// <summary>A user token as the command prints it.</summary>
    public async Task<string> TokenAsync(string user, string role = "user") =>
        (await RunAsync("token", "--user", user, "--role", role)).Require("token").Output.Single();

    /// <summary>Registers a device of alice.</summary>
    public async Task<RegisteredDevice> RegisterAsync(string name)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/api/v1/devices") { Content = JsonContent.Create(new { name, type = "desktop" }) };
        request.Headers.Authorization = new("Bearer", _userToken ??= await TokenAsync("alice"));
        using var answer = await Http.SendAsync(request, Deadline.Token);
        answer.EnsureSuccessStatusCode();
        return (await answer.Content.ReadFromJsonAsync<RegisteredDevice>(Wire.Json, Deadline.Token))!;
    }

    /// <summary>Registers a device of alice and connects it.</summary>
    public async Task<TestDevice> ConnectAsync(string name) =>
        await TestDevice.ConnectAsync(Url, await RegisterAsync(name)).Bounded();

    /// <summary>The status of a device as another one sees it; null while the server cannot say.</summary>
    public async Task<string?> StatusAsync(RegisteredDevice watcher, string device)
    {
        using var answer = await GetAsync("/api/v1/devices", watcher.Credential.AccessToken);
        if (!answer.IsSuccessStatusCode) return null;
        var devices = await answer.Content.ReadFromJsonAsync<Page<Device>>(Wire.Json, Deadline.Token);
        return devices!.Items.Single(d => d.Id == device).Status;
    }

    /// <summary>GET with a token.</summary>
    public async Task<HttpResponseMessage> GetAsync(string path, string token)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        request.Headers.Authorization = new("Bearer", token);
        return await Http.SendAsync(request, Deadline.Token);
    }

    /// <summary>What <c>/health/ready</c> says; null while nobody listens.</summary>
    public async Task<HttpStatusCode?> HealthAsync()
    {
        try
        {
            using var answer = await Http.GetAsync("/health/ready", Deadline.Token);
            return answer.StatusCode;
        }
        catch (HttpRequestException)
        {
            return null;
        }
    }

    private static async Task<ServerProcess> ReadyAsync(ServerProcess server)
    {
        try
        {
            await server.ReadyAsync();
            return server;
        }
        catch
        {
            await server.DisposeAsync();
            throw;
        }
    }

    private Task ReadyAsync() => Poll.UntilAsync(async () =>
    {
        Assert.That(_process.HasExited, Is.False, () => $"The server ended: {_process.Transcript}");
        return await HealthAsync() == HttpStatusCode.OK;
    }, "the server is ready");

    public async ValueTask DisposeAsync()
    {
        Http.Dispose();
        await _process.DisposeAsync();
        // For whoever looks into a failure.
        foreach (var line in _process.Errors.TakeLast(KeptLines)) await TestContext.Out.WriteLineAsync($"server: {line[..Math.Min(line.Length, KeptCharacters)]}");
        if (_owned is not null) await _owned.DisposeAsync();
    }
}
