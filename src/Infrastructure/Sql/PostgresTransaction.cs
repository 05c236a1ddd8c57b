using System.Data.Common;
using Npgsql;
using NpgsqlTypes;

namespace RooCoord.Infrastructure.Sql;

/// <summary>A write transaction on PostgreSQL: statements of a batch travel together, in one round trip.</summary>
internal sealed class PostgresTransaction(NpgsqlConnection connection, NpgsqlTransaction transaction) : ISqlTransaction
{
    private NpgsqlBatch? _pending;

    public DbConnection Connection => connection;

    public async ValueTask<TResult?[]> QueryEachAsync<TItem, TResult>(SqlQuery<TItem, TResult> query, IReadOnlyList<TItem> items)
    {
        var results = new TResult?[items.Count];
        if (items.Count == 0) return results;
        await FlushAsync().ConfigureAwait(false);
        await using var batch = new NpgsqlBatch(connection, transaction);
        foreach (var item in items) Add(batch, query.Sql, query.Bind, item);
        await using var reader = await batch.ExecuteReaderAsync().ConfigureAwait(false);
        var row = new Row(reader);
        for (var i = 0; i < results.Length; i++)
        {
            if (await reader.ReadAsync().ConfigureAwait(false)) results[i] = query.Read(row);
            await reader.NextResultAsync().ConfigureAwait(false);
        }
        return results;
    }

    public ValueTask ExecuteEachAsync<TItem>(SqlStatement<TItem> statement, IReadOnlyList<TItem> items)
    {
        if (items.Count == 0) return ValueTask.CompletedTask;
        _pending ??= new NpgsqlBatch(connection, transaction);
        foreach (var item in items) Add(_pending, statement.Sql, statement.Bind, item);
        return ValueTask.CompletedTask;
    }

    public async ValueTask FlushAsync()
    {
        if (_pending is not { } batch) return;
        _pending = null;
        await using (batch) await batch.ExecuteNonQueryAsync().ConfigureAwait(false);
    }

    public async ValueTask CommitAsync()
    {
        await FlushAsync().ConfigureAwait(false);
        await transaction.CommitAsync().ConfigureAwait(false);
        await transaction.DisposeAsync().ConfigureAwait(false);
    }

    public async ValueTask RollbackAsync()
    {
        try { await transaction.DisposeAsync().ConfigureAwait(false); }
        catch (Exception exception) when (exception is NpgsqlException or InvalidOperationException)
        {
            // The connection is broken, so the server has rolled back by itself; make sure it is not used again.
            await connection.CloseAsync().ConfigureAwait(false);
        }
    }

    private static void Add<TItem>(NpgsqlBatch batch, string sql, Action<ISqlParameters, TItem> bind, TItem item)
    {
        var command = new NpgsqlBatchCommand(sql);
        bind(new Parameters(command), item);
        batch.BatchCommands.Add(command);
    }

    private readonly struct Parameters(NpgsqlBatchCommand command) : ISqlParameters
    {
        public void Add(long value) => command.Parameters.Add(new NpgsqlParameter<long> { TypedValue = value });

        public void Add(long? value) => command.Parameters.Add(new NpgsqlParameter { Value = value ?? (object)DBNull.Value, NpgsqlDbType = NpgsqlDbType.Bigint });

        public void Add(string? value) => command.Parameters.Add(new NpgsqlParameter { Value = value ?? (object)DBNull.Value, NpgsqlDbType = NpgsqlDbType.Text });

        public void AddUtf8(ReadOnlyMemory<byte> value) =>
            command.Parameters.Add(new NpgsqlParameter<ReadOnlyMemory<byte>> { TypedValue = value, NpgsqlDbType = NpgsqlDbType.Text });
    }

    private sealed class Row(NpgsqlDataReader reader) : ISqlRow
    {
        public long GetInt64(int column) => reader.GetInt64(column);

        public string GetString(int column) => reader.GetString(column);

        public bool IsNull(int column) => reader.IsDBNull(column);
    }
}
