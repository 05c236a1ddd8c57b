using RooCoord.Infrastructure.PubSub;
using RooCoord.Testing;

namespace RooCoord.Infrastructure.Tests.Backplane;

/// <summary>What carries messages between nodes.</summary>
public enum Carrier
{
    Redis,
    Postgres,
}

/// <summary>A carrier for the tests of a fixture.</summary>
internal sealed class OpenCarrier : IAsyncDisposable
{
    private readonly TestDatabase? _database;

    private OpenCarrier(TestDatabase? database) => _database = database;

    public static async Task<OpenCarrier> OpenAsync(Carrier carrier) =>
        new(carrier == Carrier.Postgres ? await TestDatabase.CreateAsync(Engine.Postgres) : null);

    public PubSubOptions Options(string prefix) =>
        _database is { Setting: var setting } ? new PostgresNotifyOptions(setting, prefix) : new RedisOptions(TestRedis.Endpoint, prefix);

    public async ValueTask DisposeAsync()
    {
        if (_database is not null) await _database.DisposeAsync();
    }
}
