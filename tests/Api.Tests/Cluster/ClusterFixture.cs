using RooCoord.Testing;

namespace RooCoord.Api.Tests.Cluster;

/// <summary>Two nodes on one PostgreSQL and, most of them, one Redis, shared by the tests of a fixture; they keep apart by user.</summary>
[Parallelizable(ParallelScope.Self)]
public abstract class ClusterFixture(bool withRedis = true)
{
    private TestDatabase _database = null!;
    private int _users;

    /// <summary>A node.</summary>
    protected TestServer A { get; private set; } = null!;
    /// <summary>Another.</summary>
    protected TestServer B { get; private set; } = null!;
    /// <summary><c>RooCoord:Redis</c>.</summary>
    protected virtual string Redis => TestRedis.Endpoint;

    [OneTimeSetUp]
    public async Task StartNodesAsync()
    {
        _database = await TestDatabase.CreateAsync(Engine.Postgres);
        string[] settings = [withRedis ? $"--RooCoord:Redis={Redis}" : "--RooCoord:Cluster=true", $"--RooCoord:RedisPrefix={TestRedis.NewPrefix()}"];
        A = await TestServer.StartAsync(_database, ownsDatabase: false, null, settings);
        B = await TestServer.StartAsync(_database, ownsDatabase: false, null, settings);
    }

    [OneTimeTearDown]
    public async Task StopNodesAsync()
    {
        if (A is not null) await A.DisposeAsync();
        if (B is not null) await B.DisposeAsync();
        if (_database is not null) await _database.DisposeAsync();
    }

    /// <summary>A user no other test has.</summary>
    protected string NewUser() => $"user{Interlocked.Increment(ref _users)}";

    /// <summary>A resumed device of a user on each node.</summary>
    protected async Task<(TestDevice OnA, TestDevice OnB)> PairAsync(string? user = null, int window = 256)
    {
        user ??= NewUser();
        var (a, b) = (await A.ConnectAsync(user, "a"), await B.ConnectAsync(user, "b"));
        await a.ResumeAsync(window: window);
        await b.ResumeAsync(window: window);
        return (a, b);
    }

    /// <summary>The device, connected to another node; not resumed.</summary>
    protected static Task<TestDevice> MoveAsync(TestDevice device, TestServer to) => TestDevice.ConnectAsync(to.Url, device.Registered);
}
