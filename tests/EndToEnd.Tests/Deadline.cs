namespace RooCoord.EndToEnd.Tests;

/// <summary>When a test must have ended, so that what hangs fails.</summary>
internal static class Deadline
{
    public const int TestMilliseconds = 55_000;
    public const int SoakMilliseconds = 3_600_000;

    /// <summary>Cancelled when the running test has had its time.</summary>
    public static CancellationToken Token => TestContext.CurrentContext.CancellationToken;

    /// <summary>Awaits this no longer than the test may take.</summary>
    public static Task<T> Bounded<T>(this Task<T> task) => task.WaitAsync(Token);

    /// <inheritdoc cref="Bounded{T}"/>
    public static Task Bounded(this Task task) => task.WaitAsync(Token);
}
