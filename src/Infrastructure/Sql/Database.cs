using System.Data.Common;
using RooCoord.Domain;

namespace RooCoord.Infrastructure.Sql;

/// <summary>An engine: everything in which SQLite and PostgreSQL differ.</summary>
internal abstract class Database : IAsyncDisposable
{
    /// <summary>Appended to a SELECT whose rows the transaction goes on to change.</summary>
    public abstract string ForUpdate { get; }

    /// <summary>Behind a column with an index: that it is one of what <paramref name="select"/> gives, found by those and not by reading the table.</summary>
    public abstract string IsOneOf(string select);

    /// <summary>The database's own clock as an expression: UTC milliseconds.</summary>
    public abstract string Clock { get; }

    /// <summary>Fills the placeholders of a migration.</summary>
    public abstract string Translate(string migration);

    /// <summary>A connection for reading; the caller disposes it.</summary>
    public abstract ValueTask<DbConnection> OpenAsync(CancellationToken cancellationToken);

    /// <summary>Begins a write transaction, blocking. One at a time: the group commit's.</summary>
    public abstract ISqlTransaction Begin();

    /// <summary>Runs <paramref name="migrate"/> on a connection while no other node can migrate.</summary>
    public abstract Task MigrateAsync(Func<DbConnection, Task> migrate, CancellationToken cancellationToken);

    /// <summary>What an engine's error means to a caller.</summary>
    public abstract FaultCode Classify(Exception exception);

    /// <summary>Whether the same transaction may succeed when run again at once.</summary>
    public abstract bool IsTransient(Exception exception);

    /// <summary>Whether a statement or its values are at fault, not the database; then nothing was committed.</summary>
    public abstract bool BlamesStatement(Exception exception);

    /// <inheritdoc/>
    public abstract ValueTask DisposeAsync();
}
