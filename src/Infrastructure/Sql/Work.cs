using RooCoord.Domain;

namespace RooCoord.Infrastructure.Sql;

/// <summary>Something to be done in the next commit. Its task ends after that commit.</summary>
internal abstract class Work
{
    /// <summary>Why this alone fails while the rest of its batch commits.</summary>
    public Fault? Fault { get; set; }

    /// <summary>The commit stands.</summary>
    public abstract void Complete();

    /// <summary>The commit failed.</summary>
    public abstract void Fail(Exception exception);
}

/// <summary>Work with a result.</summary>
internal abstract class Work<T> : Work
{
    // Completed on a thread-pool thread of its own after the commit, never on the committing one.
    private readonly TaskCompletionSource<T> _completion = new();

    /// <summary>Set while the batch runs; may be set again when the batch is repeated.</summary>
    public T? Outcome { get; set; }

    public Task<T> Task => _completion.Task;

    public override void Complete()
    {
        if (Fault is { } fault) _completion.SetException(fault);
        else _completion.SetResult(Outcome!);
    }

    public override void Fail(Exception exception) => _completion.SetException(exception);
}

/// <summary>Any statements, run by themselves after the mailbox work of a batch.</summary>
internal interface ITransactionWork
{
    /// <summary>The mailbox whose row it locks, or null: locked before, in order with those of all others.</summary>
    long? Mailbox { get; }

    /// <summary>Locks mailboxes that it finds only when it runs, in the order of their keys: in a transaction of its own, for behind others' locks that order would be broken.</summary>
    bool IsAlone { get; }

    /// <summary>Runs them.</summary>
    Task RunAsync(ISqlTransaction transaction);
}

/// <inheritdoc cref="ITransactionWork"/>
internal sealed class TransactionWork<T>(Func<ISqlTransaction, Task<T>> run, long? mailbox, bool isAlone) : Work<T>, ITransactionWork
{
    public long? Mailbox => mailbox;

    public bool IsAlone => isAlone;

    public async Task RunAsync(ISqlTransaction transaction) => Outcome = await run(transaction).ConfigureAwait(false);
}
