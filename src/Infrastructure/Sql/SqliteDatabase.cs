using System.Data.Common;
using Microsoft.Data.Sqlite;
using RooCoord.Domain;
using SQLitePCL;

namespace RooCoord.Infrastructure.Sql;

/// <summary>The embedded engine: WAL, <c>synchronous=FULL</c> (a commit is on the disk when it returns), one writer.</summary>
internal sealed class SqliteDatabase : Database
{
    // A checkpoint rewrites each dirty page once, however often it changed: 16 MiB of log between two of them
    // halves the writing of the default 4 MiB and bounds the log all the same.
    private const string Pragmas =
        "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA wal_autocheckpoint=4000; PRAGMA journal_size_limit=33554432; PRAGMA busy_timeout=5000; PRAGMA cache_size=-65536; PRAGMA temp_store=MEMORY;";

    private readonly string _connectionString;
    private SqliteWriter? _writer;

    public SqliteDatabase(string file)
    {
        _connectionString = new SqliteConnectionStringBuilder { DataSource = file, Pooling = true }.ToString();
    }

    public override string ForUpdate => "";

    public override string IsOneOf(string select) => $"IN ({select})";

    public override string Clock => "CAST(unixepoch('subsec') * 1000 AS INTEGER)";

    public override string Translate(string migration) => migration
        .Replace("{KEY}", "INTEGER NOT NULL PRIMARY KEY").Replace("{TEXT}", "TEXT").Replace("{WITHOUT_ROWID}", "WITHOUT ROWID");

    public override async ValueTask<DbConnection> OpenAsync(CancellationToken cancellationToken)
    {
        var connection = new SqliteConnection(_connectionString);
        await connection.OpenAsync(cancellationToken).ConfigureAwait(false);
        return connection;
    }

    public override ISqlTransaction Begin()
    {
        _writer ??= new SqliteWriter(OpenWriter());
        _writer.Begin();
        return _writer;
    }

    public override async Task MigrateAsync(Func<DbConnection, Task> migrate, CancellationToken cancellationToken)
    {
        await using var connection = OpenWriter();
        Run(connection, "BEGIN EXCLUSIVE");
        try
        {
            await migrate(connection).ConfigureAwait(false);
            Run(connection, "COMMIT");
        }
        catch
        {
            Run(connection, "ROLLBACK");
            throw;
        }
    }

    public override FaultCode Classify(Exception exception) =>
        exception is SqliteException { SqliteErrorCode: raw.SQLITE_FULL } ? FaultCode.StorageFull : FaultCode.Unavailable;

    public override bool IsTransient(Exception exception) => exception is SqliteException { SqliteErrorCode: raw.SQLITE_BUSY };

    public override bool BlamesStatement(Exception exception) => exception is SqliteException
    {
        SqliteErrorCode: raw.SQLITE_ERROR or raw.SQLITE_CONSTRAINT or raw.SQLITE_MISMATCH or raw.SQLITE_TOOBIG or raw.SQLITE_RANGE
    };

    private SqliteConnection OpenWriter()
    {
        var connection = new SqliteConnection(_connectionString + ";Pooling=False");
        connection.Open();
        Run(connection, Pragmas);
        return connection;
    }

    private static void Run(SqliteConnection connection, string sql)
    {
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        command.ExecuteNonQuery();
    }

    public override ValueTask DisposeAsync()
    {
        _writer?.Dispose();
        using (var connection = new SqliteConnection(_connectionString)) SqliteConnection.ClearPool(connection);
        return ValueTask.CompletedTask;
    }
}
