namespace RooCoord.Bench.Servers;

/// <summary>What the nodes of one cluster have in common, gone with it.</summary>
/// <param name="Database">A fresh one.</param>
/// <param name="Redis">The instance, which others may use too.</param>
/// <param name="Prefix">Begins the names of this cluster's channels on it: no earlier one is heard.</param>
/// <param name="Blobs">A fresh folder.</param>
/// <param name="UsesRedis">Whether nodes tell each other by it, or by the database's notifications.</param>
internal sealed record SharedStores(PostgresDatabase Database, RedisInstance Redis, string Prefix, DataFolder Blobs, bool UsesRedis) : IAsyncDisposable
{
    public static async Task<SharedStores> CreateAsync(bool usesRedis, CancellationToken cancellation)
    {
        await using var undo = new Undo();
        var database = undo.Add(await PostgresDatabase.CreateAsync(cancellation));
        var redis = undo.Add(await RedisInstance.UseAsync(cancellation));
        var stores = new SharedStores(database, redis, $"bench-{Guid.CreateVersion7():N}", undo.Add(new DataFolder()), usesRedis);
        undo.Clear();
        return stores;
    }

    public async ValueTask DisposeAsync()
    {
        await Blobs.DisposeAsync();
        await Redis.DisposeAsync();
        await Database.DisposeAsync();
    }
}
