namespace RooCoord.Infrastructure.Backplane;

/// <summary>Bounds of the backplane.</summary>
public sealed record BackplaneOptions
{
    /// <summary>Messages that may wait for one connection that does not read; with one more it is aborted.</summary>
    public int OutstandingMessages { get; init; } = 1000;

    /// <summary>Bytes that may wait for one connection; a single message may be larger.</summary>
    public long OutstandingBytes { get; init; } = 4 * 1024 * 1024;

    /// <summary>How long opening a connection waits for its subscriptions while the backplane stands.</summary>
    public TimeSpan SubscriptionPatience { get; init; } = TimeSpan.FromSeconds(5);
}
