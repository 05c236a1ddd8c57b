using System.Data.Common;
using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace RooCoord.Infrastructure.Sql;

/// <summary>The writing connection of SQLite and its open transaction. Rows of a batch go through prepared statements of the C API: 1 µs a row less than a command of ADO.NET.</summary>
internal sealed class SqliteWriter(SqliteConnection connection) : ISqlTransaction, IDisposable
{
    private readonly Dictionary<string, SqliteStatement> _statements = [];

    public DbConnection Connection => connection;

    public void Begin() => Run("BEGIN IMMEDIATE");

    public ValueTask<TResult?[]> QueryEachAsync<TItem, TResult>(SqlQuery<TItem, TResult> query, IReadOnlyList<TItem> items) =>
        ValueTask.FromResult(QueryWithNext(query, items));

    public TResult?[] QueryWithNext<TItem, TResult>(SqlQuery<TItem, TResult> query, IReadOnlyList<TItem> items)
    {
        var statement = Prepare(query.Sql);
        var results = new TResult?[items.Count];
        for (var i = 0; i < results.Length; i++)
        {
            statement.Reset();
            query.Bind(statement, items[i]);
            if (statement.Step()) results[i] = query.Read(statement);
        }
        statement.Reset();
        return results;
    }

    public ValueTask ExecuteEachAsync<TItem>(SqlStatement<TItem> statement, IReadOnlyList<TItem> items)
    {
        if (items.Count == 0) return ValueTask.CompletedTask;
        var prepared = Prepare(statement.Sql);
        foreach (var item in items)
        {
            prepared.Reset();
            statement.Bind(prepared, item);
            prepared.Step();
        }
        prepared.Reset();
        return ValueTask.CompletedTask;
    }

    public ValueTask FlushAsync() => ValueTask.CompletedTask;

    public ValueTask CommitAsync()
    {
        Run("COMMIT");
        return ValueTask.CompletedTask;
    }

    public ValueTask RollbackAsync()
    {
        foreach (var statement in _statements.Values) statement.TryReset();
        // A statement that failed may have rolled back by itself (SQLITE_FULL, SQLITE_IOERR).
        if (raw.sqlite3_get_autocommit(connection.Handle!) == 0) Prepare("ROLLBACK").TryRun();
        return ValueTask.CompletedTask;
    }

    private void Run(string sql)
    {
        var statement = Prepare(sql);
        statement.Reset();
        statement.Step();
        statement.Reset();
    }

    private SqliteStatement Prepare(string sql) =>
        _statements.TryGetValue(sql, out var statement) ? statement : _statements[sql] = new(connection, sql);

    public void Dispose()
    {
        foreach (var statement in _statements.Values) statement.Dispose();
        connection.Dispose();
    }
}
