namespace RooCoord.Infrastructure.Tests.Backplane;

/// <summary>What tells nobody when it changes.</summary>
internal static class Eventually
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(5);

    /// <summary>Looks again and again until it is so.</summary>
    public static async Task HoldsAsync(Func<bool> isSo, string what)
    {
        using var deadline = new CancellationTokenSource(HubClient.Deadline);
        using var timer = new PeriodicTimer(Interval);
        while (!isSo())
        {
            if (deadline.IsCancellationRequested) Assert.Fail($"not within {HubClient.Deadline}: {what}");
            await timer.WaitForNextTickAsync();
        }
    }
}
