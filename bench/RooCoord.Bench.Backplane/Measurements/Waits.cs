using System.Diagnostics;

namespace RooCoord.Bench.Backplane.Measurements;

/// <summary>Bounded waits.</summary>
internal static class Waits
{
    /// <summary>Who has learnt nothing after it is not waited for.</summary>
    public static readonly TimeSpan Longest = TimeSpan.FromSeconds(10);

    /// <summary>Milliseconds until the call fails; infinite when it does not within <see cref="Longest"/>.</summary>
    public static async Task<double> UntilFailedAsync(Func<Task> call)
    {
        var began = Stopwatch.GetTimestamp();
        var task = call();
        await Task.WhenAny(task, Task.Delay(Longest));
        var elapsed = Stopwatch.GetElapsedTime(began).TotalMilliseconds;
        if (!task.IsCompleted) return double.PositiveInfinity;
        return task.IsFaulted ? elapsed : throw new RunFailedException("a call was answered that nobody could answer");
    }
}
