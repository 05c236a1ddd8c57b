namespace RooCoord.Infrastructure.Sql;

/// <summary>Tells the timers of this node that one may be due earlier than the clock would say.</summary>
internal sealed class TimerWake : IDisposable
{
    private readonly SemaphoreSlim _wakes = new(0, 1);

    /// <summary>Look now.</summary>
    public void Wake()
    {
        try { _wakes.Release(); }
        catch (SemaphoreFullException) { /* A look is due already. */ }
    }

    /// <summary>Ends at the next <see cref="Wake"/>.</summary>
    public Task WaitAsync(CancellationToken cancellationToken) => _wakes.WaitAsync(cancellationToken);

    public void Dispose() => _wakes.Dispose();
}
