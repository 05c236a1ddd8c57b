using System.Data.Common;
using System.Diagnostics;
using Microsoft.Extensions.Logging;
using Polly;
using Polly.Retry;
using RooCoord.Application;
using RooCoord.Application.Messages;
using RooCoord.Domain;
using RooCoord.Infrastructure.Sql.Files;

namespace RooCoord.Infrastructure.Sql;

/// <summary>
/// The node's one writer: takes everything that has queued up into one transaction, commits, then wakes those who wait.
/// While a commit is on its way to the disk the next batch gathers, so batches grow with the load.
/// </summary>
internal sealed partial class GroupCommit(
    Database database, BatchMemory memory, IMailboxSignal signal, TimerWake timers, Limits limits, RooCoordMeter meter, TimeProvider time, ILogger<GroupCommit> logger)
    : IDisposable
{
    // Bounds the memory of callers that nothing else bounds while the database hangs.
    private const int MaxQueued = 100_000;
    private const int MaxBatch = 4_096;

    private readonly Lock _gate = new();
    private readonly SemaphoreSlim _arrived = new(0);
    private readonly CompletionLine _completions = new();
    private List<Work> _queue = [];
    private Task _loop = Task.CompletedTask;
    private bool _stopping;
    // From here on a failure may have been a success.
    private bool _committing;

    // A batch another node got in the way of (same id, crossed locks) is run again, soon and not in step with that node.
    // Waits in the machine's own time, whatever the node's clock says: all writers of the node wait with it.
    private readonly ResiliencePipeline _retry = new ResiliencePipelineBuilder()
        .AddRetry(new RetryStrategyOptions
        {
            ShouldHandle = new PredicateBuilder().Handle<Exception>(database.IsTransient),
            MaxRetryAttempts = 4,
            Delay = TimeSpan.FromMilliseconds(10),
            BackoffType = DelayBackoffType.Exponential,
            UseJitter = true,
        }).Build();

    /// <summary>Queues work, synchronously and in order.</summary>
    public void Enqueue(Work work)
    {
        bool first;
        lock (_gate)
        {
            if (_stopping) throw new Fault(FaultCode.Unavailable, "the server is stopping");
            if (_queue.Count >= MaxQueued) throw new Fault(FaultCode.Unavailable, "the database does not keep up");
            _queue.Add(work);
            first = _queue.Count == 1;
        }
        if (first) _arrived.Release();
    }

    /// <summary>Runs statements in the next commit; <paramref name="mailbox"/>: the one whose row they lock.</summary>
    public Task<T> RunAsync<T>(Func<ISqlTransaction, Task<T>> run, long? mailbox = null)
    {
        var work = new TransactionWork<T>(run, mailbox, isAlone: false);
        Enqueue(work);
        return work.Task;
    }

    /// <summary>Runs statements that lock any mailboxes, in the order of their keys, in a transaction of their own.</summary>
    public Task<T> RunAloneAsync<T>(Func<ISqlTransaction, Task<T>> run)
    {
        var work = new TransactionWork<T>(run, null, isAlone: true);
        Enqueue(work);
        return work.Task;
    }

    public Task StartAsync(CancellationToken cancellationToken)
    {
        _loop = Task.Factory.StartNew(Loop, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        return Task.CompletedTask;
    }

    /// <summary>Commits what is queued, answers it, then ends.</summary>
    public async Task StopAsync(CancellationToken cancellationToken)
    {
        lock (_gate) _stopping = true;
        _arrived.Release();
        await _loop.WaitAsync(cancellationToken).ConfigureAwait(false);
        await _completions.DrainAsync().WaitAsync(cancellationToken).ConfigureAwait(false);
    }

    // A thread of its own, and statements that block it: on the thread pool each answer of the database would queue behind the
    // calls of all connections, and the database would wait meanwhile.
    private void Loop()
    {
        var batch = new List<Work>();
        while (true)
        {
            _arrived.Wait();
            bool stopping;
            lock (_gate)
            {
                stopping = _stopping;
                if (_queue.Count <= MaxBatch) (batch, _queue) = (_queue, batch);
                else
                {
                    batch.AddRange(_queue.Take(MaxBatch));
                    _queue.RemoveRange(0, MaxBatch);
                    _arrived.Release();
                }
            }
            if (batch.Count > 0) CommitAll(batch);
            else if (stopping) return;
            if (stopping) _arrived.Release();
            batch = [];
        }
    }

    private void CommitAll(List<Work> works)
    {
        for (var from = 0; from < works.Count;)
        {
            var alone = works.FindIndex(from, static work => work is ITransactionWork { IsAlone: true });
            var end = alone == from ? from + 1 : alone < 0 ? works.Count : alone;
            Commit(end - from == works.Count ? works : works.GetRange(from, end - from));
            from = end;
        }
    }

    private void Commit(List<Work> works)
    {
        var started = Stopwatch.GetTimestamp();
        BatchContext? done = null;
        try
        {
            done = _retry.Execute(() => RunBatchAsync(works).AsTask().GetAwaiter().GetResult());
        }
        catch (Exception exception) when (works.Count > 1 && (database.BlamesStatement(exception) || (exception is not DbException && !_committing)))
        {
            // One of them brought something the engine refuses, or fails in a way nobody foresaw: halving finds it, and the others commit.
            var half = works.Count / 2;
            Commit(works.GetRange(0, half));
            Commit(works.GetRange(half, works.Count - half));
            return;
        }
        catch (Exception exception)
        {
            var fault = new Fault(database.Classify(exception), "the database cannot commit now; send again with the same id", exception);
            LogNotCommitted(logger, exception, works.Count);
            _completions.Add(() => Fail(works, fault));
            return;
        }
        meter.Committed(works.Count, Stopwatch.GetElapsedTime(started));
        _completions.Add(() => Complete(works, done!));
    }

    // Nothing in it waits without blocking: it ends on the thread on which it began.
    private async ValueTask<BatchContext> RunBatchAsync(List<Work> works)
    {
        _committing = false;
        foreach (var work in works) work.Fault = null;
        var transaction = database.Begin();
        try
        {
            var batch = new BatchContext(transaction, database, memory, limits, time.GetUtcNow());
            await new MailboxBatch(batch).RunAsync(works).ConfigureAwait(false);
            await AdvanceWork.RunAsync(transaction, works).ConfigureAwait(false);
            await TransactionWorks.RunAsync(transaction, database, works).ConfigureAwait(false);
            _committing = true;
            await transaction.CommitAsync().ConfigureAwait(false);
            return batch;
        }
        catch
        {
            memory.Forget();
            await transaction.RollbackAsync().ConfigureAwait(false);
            throw;
        }
    }

    private void Complete(List<Work> works, BatchContext done)
    {
        // Hints: whoever waits for the commit hears of it, whatever becomes of them.
        try { Signal(done); }
        catch (Exception exception)
        {
            LogNotSignalled(logger, exception);
            _completions.Add(signal.Recheck);
        }
        foreach (var work in works) work.Complete();
    }

    private void Signal(BatchContext done)
    {
        // A sender hears that its message is stored before it hears that it was sent.
        if (done.Receipts.Count > 0) signal.Receipts(done.Receipts);
        signal.Appended(done.Appended);
        if (done.Withdrawn.Count > 0) signal.Withdrawn(done.Withdrawn);
        if (done.WakeTimers) timers.Wake();
    }

    private void Fail(List<Work> works, Fault fault)
    {
        foreach (var work in works) work.Fail(work.Fault ?? fault);
        // The commit may have happened although its answer was lost.
        signal.Recheck();
    }

    public void Dispose() => _arrived.Dispose();

    [LoggerMessage(Level = LogLevel.Error, Message = "A commit was not told to the connections; they look into their mailboxes")]
    private static partial void LogNotSignalled(ILogger logger, Exception exception);

    [LoggerMessage(Level = LogLevel.Error, Message = "A batch of {Count} was not committed")]
    private static partial void LogNotCommitted(ILogger logger, Exception exception, int count);
}
