using Npgsql;
using RooCoord.Infrastructure.Sql;
using RooCoord.Testing;

namespace RooCoord.Infrastructure.Tests.Property;

/// <summary>A database that nodes come to and go from. They share its connections: to open them anew for each would take most of the time.</summary>
internal sealed class Storage : IAsyncDisposable
{
    private readonly TestDatabase _database;

    private Storage(TestDatabase database, Database engine) => (_database, Engine) = (database, engine);

    public Database Engine { get; }
    public StorageOptions Options => new() { Data = _database.Folder, Database = _database.Setting };

    public static async Task<Storage> CreateAsync(Engine engine)
    {
        var database = await TestDatabase.CreateAsync(engine);
        return new(database, engine == Testing.Engine.Sqlite
            ? new SqliteDatabase(Path.Combine(database.Folder, "roocoord.db"))
            : new PostgresDatabase(new NpgsqlConnectionStringBuilder(database.Setting) { Options = NoWaiting }.ToString()));
    }

    // Only the end of a process is played here, which a commit that is not yet on the disk survives.
    private const string NoWaiting = "-c synchronous_commit=off";

    public async ValueTask DisposeAsync()
    {
        await Engine.DisposeAsync();
        await _database.DisposeAsync();
    }
}
