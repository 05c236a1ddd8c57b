namespace RooCoord.Api.Hubs;

/// <summary>
/// Lets the chunks of an upload that one connection sends without waiting for answers follow each other: side by side each would take
/// the upload from the one before.
/// </summary>
internal sealed class ChunkOrder
{
    private readonly Lock _gate = new();
    private readonly Dictionary<string, Task> _last = new(StringComparer.Ordinal);

    /// <summary>Runs a chunk after those of the same upload that were begun before, however they end.</summary>
    public async Task<T> RunAsync<T>(string uploadId, Func<Task<T>> run)
    {
        Task? before;
        var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (_gate)
        {
            before = _last.GetValueOrDefault(uploadId);
            _last[uploadId] = done.Task;
        }
        try
        {
            if (before is not null) await before;
            return await run();
        }
        finally
        {
            lock (_gate) if (_last[uploadId] == done.Task) _last.Remove(uploadId);
            done.SetResult();
        }
    }
}
