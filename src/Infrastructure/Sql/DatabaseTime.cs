namespace RooCoord.Infrastructure.Sql;

/// <summary>
/// The clock of the database, by which all nodes on it go: their own clocks may be seconds apart. This machine's clock plus
/// a difference that <see cref="DatabaseTimeSync"/> keeps measuring; timers and timestamps are this machine's.
/// </summary>
public sealed class DatabaseTime : TimeProvider
{
    private long _differenceTicks;

    /// <summary>How far this machine's clock is behind.</summary>
    public TimeSpan Difference
    {
        get => TimeSpan.FromTicks(Interlocked.Read(ref _differenceTicks));
        set => Interlocked.Exchange(ref _differenceTicks, value.Ticks);
    }

    /// <inheritdoc/>
    public override DateTimeOffset GetUtcNow() => base.GetUtcNow() + Difference;
}
