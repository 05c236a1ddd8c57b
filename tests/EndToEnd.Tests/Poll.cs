namespace RooCoord.EndToEnd.Tests;

/// <summary>Looks again and again at what tells nobody when it changes: the one place where a test lets time pass.</summary>
internal static class Poll
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(25);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    /// <summary>Returns the first answer that is not null.</summary>
    public static async Task<T> UntilAsync<T>(Func<Task<T?>> look, string what) where T : class
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(Deadline.Token);
        limit.CancelAfter(Patience);
        using var timer = new PeriodicTimer(Interval);
        try
        {
            while (true)
            {
                if (await look().WaitAsync(limit.Token) is { } found) return found;
                await timer.WaitForNextTickAsync(limit.Token);
            }
        }
        catch (OperationCanceledException) when (limit.IsCancellationRequested)
        {
            throw new TimeoutException($"It did not happen in time that {what}");
        }
    }

    /// <summary>Returns once the condition holds.</summary>
    public static Task UntilAsync(Func<Task<bool>> holds, string what) =>
        UntilAsync(async () => await holds() ? "" : null, what);
}
