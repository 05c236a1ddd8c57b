using System.Text;
using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace RooCoord.Infrastructure.Sql;

/// <summary>A prepared statement of the C API, its parameters and its current row.</summary>
internal sealed class SqliteStatement : ISqlParameters, ISqlRow, IDisposable
{
    private readonly sqlite3 _database;
    private readonly sqlite3_stmt _statement;
    private int _parameter;

    public SqliteStatement(SqliteConnection connection, string sql)
    {
        _database = connection.Handle!;
        // SQLite numbers $1, $2 by first appearance, ?1, ?2 by their number, as PostgreSQL does.
        Check(raw.sqlite3_prepare_v3(_database, sql.Replace('$', '?'), raw.SQLITE_PREPARE_PERSISTENT, out _statement));
    }

    /// <summary>Makes ready to bind and run.</summary>
    public void Reset()
    {
        // Its code repeats the last step's error, which was thrown then.
        TryReset();
        _parameter = 0;
    }

    /// <summary>Ends a step, whatever came of it.</summary>
    public void TryReset() => _ = raw.sqlite3_reset(_statement);

    /// <summary>Runs to the next row; false when there is none.</summary>
    public bool Step()
    {
        var code = raw.sqlite3_step(_statement);
        if (code == raw.SQLITE_ROW) return true;
        if (code != raw.SQLITE_DONE) Check(code);
        return false;
    }

    /// <summary>Runs without minding errors.</summary>
    public void TryRun()
    {
        Reset();
        _ = raw.sqlite3_step(_statement);
        TryReset();
    }

    public void Add(long value) => Check(raw.sqlite3_bind_int64(_statement, ++_parameter, value));

    public void Add(long? value)
    {
        if (value is { } number) Add(number);
        else Check(raw.sqlite3_bind_null(_statement, ++_parameter));
    }

    public void Add(string? value)
    {
        if (value is null)
        {
            Check(raw.sqlite3_bind_null(_statement, ++_parameter));
            return;
        }
        Span<byte> buffer = value.Length <= 128 ? stackalloc byte[384] : new byte[Encoding.UTF8.GetMaxByteCount(value.Length)];
        Check(raw.sqlite3_bind_text(_statement, ++_parameter, buffer[..Encoding.UTF8.GetBytes(value, buffer)]));
    }

    public void AddUtf8(ReadOnlyMemory<byte> value) => Check(raw.sqlite3_bind_text(_statement, ++_parameter, value.Span));

    public long GetInt64(int column) => raw.sqlite3_column_int64(_statement, column);

    public string GetString(int column) => raw.sqlite3_column_text(_statement, column).utf8_to_string();

    public bool IsNull(int column) => raw.sqlite3_column_type(_statement, column) == raw.SQLITE_NULL;

    private void Check(int code) => SqliteException.ThrowExceptionForRC(code, _database);

    public void Dispose() => _statement.Dispose();
}
