using System.Data.Common;

namespace RooCoord.Infrastructure.Sql;

/// <summary>
/// One open write transaction. Statements are the same text on every engine, with parameters <c>$1</c>, <c>$2</c>, …
/// <see cref="QueryEachAsync"/> and <see cref="ExecuteEachAsync"/> are for the many rows of a batch: pipelined where that saves round trips.
/// </summary>
internal interface ISqlTransaction
{
    /// <summary>For Dapper; pending pipelined statements must be flushed before.</summary>
    DbConnection Connection { get; }

    /// <summary>Runs the query once for each item; the first row of each, or default where there was none.</summary>
    ValueTask<TResult?[]> QueryEachAsync<TItem, TResult>(SqlQuery<TItem, TResult> query, IReadOnlyList<TItem> items);

    /// <summary>The same, but the results are there only once something else was queried, or all was flushed.</summary>
    TResult?[] QueryWithNext<TItem, TResult>(SqlQuery<TItem, TResult> query, IReadOnlyList<TItem> items);

    /// <summary>Runs the statement once for each item, in order, at the latest when flushed.</summary>
    ValueTask ExecuteEachAsync<TItem>(SqlStatement<TItem> statement, IReadOnlyList<TItem> items);

    /// <summary>Runs what <see cref="ExecuteEachAsync"/> put off.</summary>
    ValueTask FlushAsync();

    /// <summary>Commits: durable when this ends.</summary>
    ValueTask CommitAsync();

    /// <summary>Takes everything back; never throws.</summary>
    ValueTask RollbackAsync();
}

/// <summary>
/// A statement and how an item becomes its parameters. On the hot path also the same for many items at once, each parameter an
/// array, for engines where a statement costs more than a row: only where no two items touch the same row.
/// </summary>
internal sealed record SqlStatement<TItem>(string Sql, Action<ISqlParameters, TItem> Bind, string? ManySql = null);

/// <summary>A query, how an item becomes its parameters (each of the same type for every item), and a row a result.</summary>
internal sealed record SqlQuery<TItem, TResult>(string Sql, Action<ISqlParameters, TItem> Bind, Func<ISqlRow, TResult> Read);

/// <summary>Takes parameters in order.</summary>
internal interface ISqlParameters
{
    /// <summary>A number.</summary>
    void Add(long value);
    /// <summary>A number or null.</summary>
    void Add(long? value);
    /// <summary>A text or null.</summary>
    void Add(string? value);
    /// <summary>A text, already in UTF-8.</summary>
    void AddUtf8(ReadOnlyMemory<byte> value);
}

/// <summary>The row a query stands on.</summary>
internal interface ISqlRow
{
    /// <summary>A number.</summary>
    long GetInt64(int column);
    /// <summary>A text.</summary>
    string GetString(int column);
    /// <summary>Whether it is null.</summary>
    bool IsNull(int column);
}
