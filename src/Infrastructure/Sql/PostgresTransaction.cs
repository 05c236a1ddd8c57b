using System.Collections.Concurrent;
using System.Data.Common;
using System.Text.RegularExpressions;
using Npgsql;
using NpgsqlTypes;

namespace RooCoord.Infrastructure.Sql;

/// <summary>
/// A write transaction on PostgreSQL. The rows of a batch are one statement where that is possible, for a statement costs more than
/// a row on both sides; what is left travels together, in one round trip. Blocks the writer's thread.
/// </summary>
internal sealed partial class PostgresTransaction(NpgsqlConnection connection, NpgsqlTransaction transaction) : ISqlTransaction
{
    private static readonly ConcurrentDictionary<string, string> ManyQueries = new();

    private readonly Queue<Action<NpgsqlDataReader>> _results = [];
    private NpgsqlBatch? _pending;

    public DbConnection Connection { get; } = new BlockingConnection(connection);

    public ValueTask<TResult?[]> QueryEachAsync<TItem, TResult>(SqlQuery<TItem, TResult> query, IReadOnlyList<TItem> items)
    {
        var results = QueryWithNext(query, items);
        Flush();
        return ValueTask.FromResult(results);
    }

    public TResult?[] QueryWithNext<TItem, TResult>(SqlQuery<TItem, TResult> query, IReadOnlyList<TItem> items)
    {
        var results = new TResult?[items.Count];
        if (items.Count == 0) return results;
        _pending ??= new NpgsqlBatch(connection, transaction);
        if (items.Count > 1 && query.Sql.StartsWith("SELECT", StringComparison.Ordinal))
        {
            AddMany(_pending, ManyQueries.GetOrAdd(query.Sql, Many), query.Bind, items);
            _results.Enqueue(reader =>
            {
                var row = new Row(reader);
                while (reader.Read()) results[reader.GetInt64(reader.FieldCount - 1) - 1] = query.Read(row);
            });
            return results;
        }
        for (var i = 0; i < results.Length; i++)
        {
            var index = i;
            Add(_pending, query.Sql, query.Bind, items[i]);
            _results.Enqueue(reader => { if (reader.Read()) results[index] = query.Read(new Row(reader)); });
        }
        return results;
    }

    public ValueTask ExecuteEachAsync<TItem>(SqlStatement<TItem> statement, IReadOnlyList<TItem> items)
    {
        if (items.Count == 0) return ValueTask.CompletedTask;
        _pending ??= new NpgsqlBatch(connection, transaction);
        if (items.Count > 1 && statement.ManySql is { } sql) AddMany(_pending, sql, statement.Bind, items);
        else foreach (var item in items) Add(_pending, statement.Sql, statement.Bind, item);
        return ValueTask.CompletedTask;
    }

    public ValueTask FlushAsync()
    {
        Flush();
        return ValueTask.CompletedTask;
    }

    public ValueTask CommitAsync()
    {
        // With the last statements: when one of them fails the server skips what follows it.
        _pending ??= new NpgsqlBatch(connection, transaction);
        _pending.BatchCommands.Add(new NpgsqlBatchCommand("COMMIT"));
        Flush();
        transaction.Dispose();
        return ValueTask.CompletedTask;
    }

    public ValueTask RollbackAsync()
    {
        try { transaction.Dispose(); }
        catch (Exception exception) when (exception is NpgsqlException or InvalidOperationException)
        {
            // The connection is broken, so the server has rolled back by itself; make sure it is not used again.
            connection.Close();
        }
        return ValueTask.CompletedTask;
    }

    private void Flush()
    {
        if (_pending is not { } batch) return;
        _pending = null;
        using (batch)
        using (var reader = batch.ExecuteReader())
        {
            // Statements without rows have no result among these.
            while (_results.TryDequeue(out var read))
            {
                read(reader);
                reader.NextResult();
            }
        }
    }

    // The query for each row of the arrays, in their order (which is the order of locks, too); the last column says for which.
    private static string Many(string sql)
    {
        var count = Parameter().Matches(sql).Max(m => int.Parse(m.Groups[1].ValueSpan));
        var numbers = Enumerable.Range(1, count);
        return $"""
            SELECT r.*, q.n FROM unnest({string.Join(", ", numbers.Select(i => $"${i}"))}) WITH ORDINALITY q ({string.Join(", ", numbers.Select(i => $"p{i}"))}, n)
            CROSS JOIN LATERAL ({Parameter().Replace(sql, "q.p$1")} LIMIT 1) r
            """;
    }

    [GeneratedRegex(@"\$(\d+)")]
    private static partial Regex Parameter();

    private static void Add<TItem>(NpgsqlBatch batch, string sql, Action<ISqlParameters, TItem> bind, TItem item)
    {
        var command = new NpgsqlBatchCommand(sql);
        bind(new Parameters(command), item);
        batch.BatchCommands.Add(command);
    }

    private static void AddMany<TItem>(NpgsqlBatch batch, string sql, Action<ISqlParameters, TItem> bind, IReadOnlyList<TItem> items)
    {
        var command = new NpgsqlBatchCommand(sql);
        PostgresArrays.AddTo(command.Parameters, bind, items);
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
