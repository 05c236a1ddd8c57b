using System.Collections.Concurrent;
using RooCoord.Domain;

namespace RooCoord.Application.Rates;

/// <summary>What a call counts as.</summary>
public enum CallKind
{
    /// <summary>A <c>Send</c>, or <c>POST /api/v1/messages</c>.</summary>
    Send,
    /// <summary>Any other call.</summary>
    Other,
}

/// <summary>
/// How many calls a caller may make: a device by its key, whatever connection or transport it uses, or a user. In memory, of
/// this node; buckets that are full again are forgotten. System.Threading.RateLimiting is not used, because its limiters
/// take no TimeProvider and allocate a lease for each call.
/// </summary>
public sealed class CallRates
{
    private const int Others = 10;
    // More often than this nobody looks for full buckets; an empty one fills in 2 s with the defaults.
    private static readonly TimeSpan ForgetEvery = TimeSpan.FromSeconds(10);

    private readonly ConcurrentDictionary<long, Buckets> _devices = [];
    private readonly ConcurrentDictionary<string, Buckets> _users = new(StringComparer.Ordinal);
    private readonly TimeProvider _time;
    private readonly TokenRate? _sends;
    private readonly TokenRate? _others;
    private long _forgetAt;

    /// <summary>With the rates of <paramref name="limits"/>.</summary>
    public CallRates(Limits limits, TimeProvider time)
    {
        _time = time;
        _sends = TokenRate.Of(limits.MessagesPerSecond, limits.MessageBurst, time.TimestampFrequency);
        _others = TokenRate.Of((long)limits.MessagesPerSecond * Others, (long)limits.MessageBurst * Others, time.TimestampFrequency);
    }

    /// <summary>Whether there is a limit at all.</summary>
    public bool AreLimited => _sends is not null;

    /// <summary>How many callers are remembered.</summary>
    public int Callers => _devices.Count + _users.Count;

    /// <summary>Counts a call, or, when the caller has none left, returns the <c>rate_limited</c> to answer; that call counts nothing.</summary>
    public Fault? Refusal(Caller caller, CallKind kind)
    {
        if (_sends is null || _others is null) return null;
        var now = _time.GetTimestamp();
        var buckets = Of(caller, now);
        var taken = kind == CallKind.Send ? buckets.Sends.TryTake(_sends, now, out var wait) : buckets.Others.TryTake(_others, now, out wait);
        return taken ? null : Fault.RateLimited(TimeSpan.FromSeconds((double)wait / _time.TimestampFrequency));
    }

    /// <summary>Counts a call that reaches no method. False when such calls alone exceed the limit of other calls.</summary>
    public bool TryCountWrong(Caller caller)
    {
        if (_others is null) return true;
        var now = _time.GetTimestamp();
        var buckets = Of(caller, now);
        buckets.Others.TryTake(_others, now, out _);
        return buckets.Wrong.TryTake(_others, now, out _);
    }

    // Looked up each time, not kept by a connection: else a device that reconnects could meet a second, full bucket.
    private Buckets Of(Caller caller, long now)
    {
        if (caller.Device is { } device)
        {
            if (_devices.TryGetValue(device.Key, out var known)) return known;
            ForgetFull(now);
            return _devices.GetOrAdd(device.Key, static _ => new());
        }
        if (_users.TryGetValue(caller.UserId, out var user)) return user;
        ForgetFull(now);
        return _users.GetOrAdd(caller.UserId, static _ => new());
    }

    // Only when a caller comes that is not known, so memory follows those of the last seconds. A call counted meanwhile is lost: one a round.
    private void ForgetFull(long now)
    {
        var due = Volatile.Read(ref _forgetAt);
        var next = now + (long)(ForgetEvery.TotalSeconds * _time.TimestampFrequency);
        if (now < due || Interlocked.CompareExchange(ref _forgetAt, next, due) != due) return;
        foreach (var device in _devices)
            if (device.Value.AreFull(now)) _devices.TryRemove(device);
        foreach (var user in _users)
            if (user.Value.AreFull(now)) _users.TryRemove(user);
    }

    private sealed class Buckets
    {
        public TokenBucket Sends;
        public TokenBucket Others;
        public TokenBucket Wrong;

        public bool AreFull(long now) => Sends.IsFull(now) && Others.IsFull(now) && Wrong.IsFull(now);
    }
}
