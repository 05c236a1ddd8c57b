namespace RooCoord.Domain;

/// <summary>How fast a <see cref="TokenBucket"/> fills and how much it holds, in the units of a clock's timestamps.</summary>
public sealed class TokenRate
{
    private TokenRate(long interval, long capacity) => (Interval, Capacity) = (interval, capacity);

    /// <summary>Time of one token.</summary>
    public long Interval { get; }
    /// <summary>Time in which an empty bucket fills.</summary>
    public long Capacity { get; }

    /// <summary>A rate of so many tokens a second with so many at once; null, no limit, when either is 0.</summary>
    /// <param name="perSecond">Tokens a second.</param>
    /// <param name="burst">Tokens at once.</param>
    /// <param name="frequency">Timestamps a second.</param>
    public static TokenRate? Of(long perSecond, long burst, long frequency)
    {
        if (perSecond == 0 || burst == 0) return null;
        var interval = Math.Max(1, frequency / perSecond);
        return new(interval, interval * burst);
    }
}

/// <summary>
/// A token bucket that keeps one number, the time at which it is full again: taking is one compare-and-swap, and a bucket
/// that is full is the same as a new one, so it can be forgotten.
/// </summary>
public struct TokenBucket
{
    private long _fullAt;

    /// <summary>Whether nothing is missing in it.</summary>
    public readonly bool IsFull(long now) => Volatile.Read(in _fullAt) <= now;

    /// <summary>Takes a token; otherwise tells after which time there is one, and takes nothing.</summary>
    public bool TryTake(TokenRate rate, long now, out long wait)
    {
        while (true)
        {
            var fullAt = Volatile.Read(ref _fullAt);
            var next = Math.Max(fullAt, now) + rate.Interval;
            wait = next - now - rate.Capacity;
            if (wait > 0) return false;
            if (Interlocked.CompareExchange(ref _fullAt, next, fullAt) == fullAt) return true;
        }
    }

    /// <summary>Puts back a token that was taken.</summary>
    public void GiveBack(TokenRate rate) => Interlocked.Add(ref _fullAt, -rate.Interval);
}
