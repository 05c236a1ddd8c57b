using Npgsql;

namespace RooCoord.Testing;

/// <summary>The engines every store is held to.</summary>
public enum Engine
{
    /// <summary>Embedded.</summary>
    Sqlite,
    /// <summary>The server that the test command started.</summary>
    Postgres,
}

/// <summary>A fresh data folder and, on PostgreSQL, a fresh database; both go with it.</summary>
public sealed class TestDatabase : IAsyncDisposable
{
    private const string Variable = "ROOCOORD_TEST_POSTGRES";
    private readonly string? _name;

    private TestDatabase(string folder, string? name, string setting) => (Folder, _name, Setting) = (folder, name, setting);

    /// <summary><c>RooCoord:Data</c>.</summary>
    public string Folder { get; }
    /// <summary><c>RooCoord:Database</c>.</summary>
    public string Setting { get; }

    public static async Task<TestDatabase> CreateAsync(Engine engine)
    {
        var folder = Directory.CreateTempSubdirectory("roocoord-test-").FullName;
        if (engine == Engine.Sqlite) return new(folder, null, "sqlite");
        var name = $"test_{Guid.NewGuid():N}";
        await RunAsync($"CREATE DATABASE {name}");
        var setting = new NpgsqlConnectionStringBuilder(Server()) { Database = name, MaxPoolSize = 20 };
        return new(folder, name, setting.ToString());
    }

    private static string Server() => Environment.GetEnvironmentVariable(Variable)
        ?? throw new InvalidOperationException($"{Variable} is not set: run the tests with `dotnet run build.cs test`, which starts PostgreSQL.");

    private static async Task RunAsync(string sql)
    {
        await using var connection = new NpgsqlConnection(Server());
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync();
    }

    public async ValueTask DisposeAsync()
    {
        if (_name is not null) await RunAsync($"DROP DATABASE IF EXISTS {_name} WITH (FORCE)");
        Directory.Delete(Folder, recursive: true);
    }
}
