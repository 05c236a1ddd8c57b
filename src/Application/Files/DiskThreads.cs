using System.Collections.Concurrent;

namespace RooCoord.Application.Files;

/// <summary>
/// A few threads of their own for what uploads do to the disk. On the thread pool a hundred uploads would stand in line before every
/// message and every answer, with pieces that hash and write for a millisecond, or wait for the disk for ten.
/// </summary>
internal sealed class DiskThreads : TaskScheduler, IDisposable
{
    private readonly BlockingCollection<Task> _tasks = [];

    /// <param name="name">The threads' name.</param>
    /// <param name="count">How many there are.</param>
    public DiskThreads(string name, int count)
    {
        MaximumConcurrencyLevel = count;
        for (var i = 0; i < count; i++) new Thread(Run) { IsBackground = true, Name = name }.Start();
    }

    public override int MaximumConcurrencyLevel { get; }

    /// <summary>Runs something on one of the threads; who waits for it goes on elsewhere.</summary>
    public Task RunAsync(Action run) => Task.Factory.StartNew(run, CancellationToken.None, TaskCreationOptions.DenyChildAttach, this);

    protected override void QueueTask(Task task) => _tasks.Add(task);

    protected override bool TryExecuteTaskInline(Task task, bool taskWasPreviouslyQueued) => false;

    protected override IEnumerable<Task> GetScheduledTasks() => [.. _tasks];

    private void Run()
    {
        foreach (var task in _tasks.GetConsumingEnumerable()) TryExecuteTask(task);
    }

    /// <summary>Ends the threads once they have done what they were given.</summary>
    public void Dispose() => _tasks.CompleteAdding();
}

/// <summary>The threads of a node's uploads: few that copy and hash, one a core; more that wait for the disk, so that its flushes overlap.</summary>
internal sealed class UploadThreads : IDisposable
{
    /// <summary>For hashing and writing.</summary>
    public DiskThreads Writing { get; } = new("Upload write", Environment.ProcessorCount);

    /// <summary>For what waits until the disk has done it.</summary>
    public DiskThreads Syncing { get; } = new("Upload sync", 16);

    public void Dispose()
    {
        Writing.Dispose();
        Syncing.Dispose();
    }
}
