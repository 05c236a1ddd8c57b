using System.Data.Common;
using Dapper;
using Microsoft.Data.Sqlite;
using Npgsql;

namespace RooCoord.Testing;

/// <summary>Looks into a server's tables, and changes in them what no endpoint of the test's concern does.</summary>
public static class TestSql
{
    /// <summary>The first column of each row.</summary>
    public static async Task<IReadOnlyList<string>> SqlAsync(this TestServer server, string sql, object? parameters = null)
    {
        await using DbConnection connection = server.Database.Setting == "sqlite"
            ? new SqliteConnection($"Data Source={Path.Combine(server.Database.Folder, "roocoord.db")};Pooling=False")
            : new NpgsqlConnection(server.Database.Setting);
        await connection.OpenAsync();
        return (await connection.QueryAsync<string>(sql, parameters)).AsList();
    }
}
