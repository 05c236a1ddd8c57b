using System.Data.Common;
using RooCoord.Domain;
using RooCoord.Infrastructure.Sql;

namespace RooCoord.Infrastructure.Tests.Property;

/// <summary>What becomes of the next commit.</summary>
internal enum CommitFault
{
    /// <summary>It never happens.</summary>
    Lost,
    /// <summary>It happens and its answer is lost.</summary>
    AnswerLost,
}

/// <summary>An engine whose next commit can be made to fail, and that can be taken away from a node for good, as the end of its process would.</summary>
internal sealed class FaultyDatabase(Database inner) : Database
{
    private CommitFault? _next;
    private volatile bool _gone;
    private int _begun;

    /// <summary>Transactions begun.</summary>
    public int Begun => Volatile.Read(ref _begun);

    public override string ForUpdate => inner.ForUpdate;
    public override string Clock => inner.Clock;

    /// <summary>The next commit of something fails.</summary>
    public void FailNext(CommitFault fault) => _next = fault;

    /// <summary>No fault waits any more.</summary>
    public void Heal() => _next = null;

    /// <summary>Nothing reaches the database any more.</summary>
    public void TakeAway() => _gone = true;

    public override string Translate(string migration) => inner.Translate(migration);
    public override string IsOneOf(string select) => inner.IsOneOf(select);

    public override ValueTask<DbConnection> OpenAsync(CancellationToken cancellationToken)
    {
        RequireThere();
        return inner.OpenAsync(cancellationToken);
    }

    public override ISqlTransaction Begin()
    {
        RequireThere();
        Interlocked.Increment(ref _begun);
        return new Transaction(this, inner.Begin());
    }

    public override Task MigrateAsync(Func<DbConnection, Task> migrate, CancellationToken cancellationToken) => inner.MigrateAsync(migrate, cancellationToken);

    public override FaultCode Classify(Exception exception) => inner.Classify(exception);

    public override bool IsTransient(Exception exception) => inner.IsTransient(exception);

    public override bool BlamesStatement(Exception exception) => inner.BlamesStatement(exception);

    // The engine outlives the node.
    public override ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private void RequireThere()
    {
        if (_gone) throw new IOException("the process is dead");
    }

    private async ValueTask CommitAsync(ISqlTransaction transaction)
    {
        RequireThere();
        var fault = _next;
        _next = null;
        if (fault is CommitFault.Lost) throw new IOException("the commit is lost");
        await transaction.CommitAsync();
        if (fault is CommitFault.AnswerLost) throw new IOException("the commit's answer is lost");
    }

    private sealed class Transaction(FaultyDatabase database, ISqlTransaction inner) : ISqlTransaction
    {
        public DbConnection Connection => inner.Connection;

        public ValueTask<TResult?[]> QueryEachAsync<TItem, TResult>(SqlQuery<TItem, TResult> query, IReadOnlyList<TItem> items) => inner.QueryEachAsync(query, items);

        public TResult?[] QueryWithNext<TItem, TResult>(SqlQuery<TItem, TResult> query, IReadOnlyList<TItem> items) => inner.QueryWithNext(query, items);

        public ValueTask ExecuteEachAsync<TItem>(SqlStatement<TItem> statement, IReadOnlyList<TItem> items) => inner.ExecuteEachAsync(statement, items);

        public ValueTask FlushAsync() => inner.FlushAsync();

        public ValueTask CommitAsync() => database.CommitAsync(inner);

        public ValueTask RollbackAsync() => inner.RollbackAsync();
    }
}
