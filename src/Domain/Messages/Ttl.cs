namespace RooCoord.Domain.Messages;

/// <summary>How long a message may wait.</summary>
public static class Ttl
{
    /// <summary>When the sender does not say.</summary>
    public static readonly TimeSpan Default = TimeSpan.FromDays(7);

    /// <summary>30 days.</summary>
    public const long MaxSeconds = 2_592_000;
}
