namespace RooCoord.Infrastructure.Sql;

/// <summary>Runs what follows commits, on the thread pool, one after another in the order of the commits: the answers of two batches do not overtake each other.</summary>
internal sealed class CompletionLine
{
    private readonly Lock _gate = new();
    private readonly Queue<Action> _waiting = [];
    private bool _running;

    /// <summary>Queues what follows a commit.</summary>
    public void Add(Action completion)
    {
        lock (_gate)
        {
            _waiting.Enqueue(completion);
            if (_running) return;
            _running = true;
        }
        ThreadPool.UnsafeQueueUserWorkItem(static line => line.Run(), this, preferLocal: false);
    }

    /// <summary>Ends once all that was queued before has run.</summary>
    public Task DrainAsync()
    {
        var drained = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        Add(drained.SetResult);
        return drained.Task;
    }

    private void Run()
    {
        while (true)
        {
            Action? next;
            lock (_gate)
            {
                if (!_waiting.TryDequeue(out next))
                {
                    _running = false;
                    return;
                }
            }
            next();
        }
    }
}
