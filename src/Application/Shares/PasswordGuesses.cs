using System.Collections.Concurrent;
using RooCoord.Domain;

namespace RooCoord.Application.Shares;

/// <summary>
/// How many wrong passwords a link takes: few from one address, and more, but not many, from all of them together. In memory, of this
/// node; buckets that are full again are forgotten.
/// </summary>
internal sealed class PasswordGuesses(TimeProvider time)
{
    private static readonly TimeSpan ForgetEvery = TimeSpan.FromMinutes(1);

    // A token in 10 s, 5 at once; a token in 2 s, 50 at once: from however many addresses, about 43,000 guesses a day.
    private readonly TokenRate _byAddress = TokenRate.Of(1, 5, time.TimestampFrequency * 10)!;
    private readonly TokenRate _byLink = TokenRate.Of(1, 50, time.TimestampFrequency * 2)!;
    private readonly ConcurrentDictionary<(string Share, string? Address), Bucket> _buckets = [];
    private long _forgetAt;

    /// <summary>How many links, and addresses of them, are remembered.</summary>
    public int Remembered => _buckets.Count;

    /// <summary>Counts a guess; throws <see cref="FaultCode.RateLimited"/> when there were too many.</summary>
    public Guess Take(string shareId, string address)
    {
        var now = time.GetTimestamp();
        ForgetFull(now);
        var (mine, all) = (Of(shareId, address), Of(shareId, null));
        if (!mine.Tokens.TryTake(_byAddress, now, out var wait)) throw Refusal(wait);
        if (all.Tokens.TryTake(_byLink, now, out wait)) return new(this, mine, all);
        mine.Tokens.GiveBack(_byAddress);
        throw Refusal(wait);
    }

    private Bucket Of(string shareId, string? address) => _buckets.GetOrAdd((shareId, address), static _ => new());

    private Fault Refusal(long wait) => Fault.RateLimited(TimeSpan.FromSeconds((double)wait / time.TimestampFrequency), "too many wrong passwords");

    private void ForgetFull(long now)
    {
        var due = Volatile.Read(ref _forgetAt);
        if (now < due || Interlocked.CompareExchange(ref _forgetAt, now + (long)(ForgetEvery.TotalSeconds * time.TimestampFrequency), due) != due) return;
        foreach (var bucket in _buckets)
            if (bucket.Value.Tokens.IsFull(now)) _buckets.TryRemove(bucket);
    }

    /// <summary>Guesses left, of one address or of all.</summary>
    internal sealed class Bucket
    {
        /// <summary>A token is a wrong guess.</summary>
        public TokenBucket Tokens;
    }

    /// <summary>A counted guess.</summary>
    public readonly struct Guess(PasswordGuesses guesses, Bucket mine, Bucket all)
    {
        /// <summary>Only wrong ones count.</summary>
        public void WasRight()
        {
            mine.Tokens.GiveBack(guesses._byAddress);
            all.Tokens.GiveBack(guesses._byLink);
        }
    }
}
