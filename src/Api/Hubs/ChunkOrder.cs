using RooCoord.Domain;

namespace RooCoord.Api.Hubs;

/// <summary>
/// Lets the chunks of an upload that one connection sends without waiting for answers follow each other: side by side each would take
/// the upload from the one before. Of all that wait or are stored so many characters are taken; one more chunk is <see cref="FaultCode.RateLimited"/>.
/// </summary>
internal sealed class ChunkOrder
{
    private const long MaxCharacters = 16 * 1024 * 1024;
    private static readonly TimeSpan TryAgain = TimeSpan.FromMilliseconds(100);

    private readonly Lock _gate = new();
    private readonly Dictionary<string, Task> _last = new(StringComparer.Ordinal);
    private long _characters;

    /// <summary>Runs a chunk after those of the same upload that were begun before, however they end.</summary>
    public async Task<T> RunAsync<T>(string uploadId, int characters, Func<Task<T>> run)
    {
        Task? before;
        var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (_gate)
        {
            if (_characters > 0 && _characters + characters > MaxCharacters) throw Fault.RateLimited(TryAgain, "too many chunks are on their way");
            _characters += characters;
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
            lock (_gate)
            {
                _characters -= characters;
                if (_last[uploadId] == done.Task) _last.Remove(uploadId);
            }
            done.SetResult();
        }
    }
}
