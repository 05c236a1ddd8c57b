using System.Diagnostics;
using RooCoord.Bench.Load;
using RooCoord.Bench.Machine;

namespace RooCoord.Bench.Servers;

/// <summary>RooCoord's own server, with a fresh database and without rate limits.</summary>
internal sealed class RooCoordServer : ISingleServer
{
    /// <summary>What reads its <c>/metrics</c>.</summary>
    public const string MetricsToken = "bench-metrics";

    private static readonly TimeSpan TokenLimit = TimeSpan.FromSeconds(30);

    private readonly Func<int, ServerProcess> _start;
    private readonly DataFolder _data;
    private readonly PostgresDatabase? _database;
    private readonly IReadOnlyList<string> _userTokens;
    private ServerProcess _process;

    private RooCoordServer(
        Variant variant, ServerProcess process, Func<int, ServerProcess> start, DataFolder data, PostgresDatabase? database, IReadOnlyList<string> userTokens)
    {
        (Variant, _process, _start, _data, _database, _userTokens) = (variant, process, start, data, database, userTokens);
    }

    public Variant Variant { get; }

    public int Port => _process.Port;

    public int ProcessId => _process.Id;

    public TimeSpan CpuTime => ProcFile.CpuTime(ProcessId);

    /// <summary>Of the first user.</summary>
    public string UserToken => _userTokens[0];

    public TimeSpan DatabaseCpuTime => _database?.CpuTime ?? TimeSpan.Zero;

    /// <summary>Its data folder.</summary>
    public string DataPath => _data.Path;

    /// <summary>Its PostgreSQL database, or null.</summary>
    public string? ConnectionString => _database?.ConnectionString;

    /// <summary>Tokens of the users <c>bench-0</c>, <c>bench-1</c>, …</summary>
    public IReadOnlyList<string> UserTokens => _userTokens;

    /// <summary>One that stands alone.</summary>
    public static Task<RooCoordServer> StartAsync(Variant variant, int users, CancellationToken cancellation) =>
        StartAsync(variant, users, null, cancellation);

    /// <summary>A node of several on <paramref name="stores"/>, which outlive it; null: one that stands alone.</summary>
    public static async Task<RooCoordServer> StartAsync(Variant variant, int users, SharedStores? stores, CancellationToken cancellation)
    {
        var assembly = DotNetHost.Assembly("src/Api", "RooCoord.Api");
        // Undone in reverse order if anything fails on the way, and otherwise handed over to the server.
        await using var undo = new Undo();
        var data = undo.Add(new DataFolder());
        var database = variant.OnPostgres && stores is null ? undo.Add(await PostgresDatabase.CreateAsync(cancellation)) : null;
        var environment = new Dictionary<string, string>
        {
            ["RooCoord__Limits__MessagesPerSecond"] = "0",
            ["RooCoord__Limits__DevicesPerUser"] = "0",
            ["RooCoord__Metrics__Token"] = MetricsToken,
        };
        if (database is not null) environment["RooCoord__Database"] = database.ConnectionString;
        if (stores is not null)
        {
            environment["RooCoord__Database"] = stores.Database.ConnectionString;
            if (stores.UsesRedis) environment["RooCoord__Redis"] = stores.Redis.Endpoint;
            else environment["RooCoord__Cluster"] = "true";
            environment["RooCoord__RedisPrefix"] = stores.Prefix;
            environment["RooCoord__Blobs"] = stores.Blobs.Path;
        }

        string[] arguments = [$"--RooCoord:Data={data.Path}"];

        var process = undo.Add(await ServerProcess.StartAsync(assembly, arguments, environment, cancellation));
        var tokens = new List<string>();
        for (var user = 0; user < users; user++)
            tokens.Add(await UserTokenAsync(assembly, $"bench-{user}", arguments, environment, cancellation));
        undo.Clear();
        return new(variant, process, port => ServerProcess.Start(assembly, arguments, environment, port), data, database, tokens);
    }

    /// <summary>Kills it (SIGKILL), starts it again on the same port and data, and waits until it listens.</summary>
    public async Task KillAndRestartAsync(CancellationToken cancellation)
    {
        await _process.DisposeAsync();
        _process = _start(_process.Port);
        await _process.WaitUntilListeningAsync(cancellation);
    }

    public Task<IReadOnlyList<DeviceCredential>> RegisterAsync(int count, CancellationToken cancellation) =>
        DeviceRegistration.RegisterAsync(Port, _userTokens, count, cancellation);

    public async ValueTask DisposeAsync()
    {
        await _process.DisposeAsync();
        if (_database is not null) await _database.DisposeAsync();
        await _data.DisposeAsync();
    }

    private static async Task<string> UserTokenAsync(
        string assembly, string user, string[] arguments, Dictionary<string, string> environment, CancellationToken cancellation)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        limit.CancelAfter(TokenLimit);
        var start = DotNetHost.StartInfo(DotNetHost.Path, [assembly, "token", "--user", user, .. arguments], assembly, environment);
        using var process = Process.Start(start) ?? throw new RunFailedException("dotnet did not start");
        try
        {
            var output = process.StandardOutput.ReadToEndAsync(limit.Token);
            var error = process.StandardError.ReadToEndAsync(limit.Token);
            var token = (await output).Trim();
            await process.WaitForExitAsync(limit.Token);
            return process.ExitCode == 0 && token.Split('.').Length == 3
                ? token
                : throw new RunFailedException($"no token alone on stdout (exit code {process.ExitCode}): {token}\n{await error}");
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            throw;
        }
    }
}
