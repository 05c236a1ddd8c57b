namespace RooCoord.Infrastructure;

/// <summary>Options <c>RooCoord:Retention</c>: how long what is settled is kept. What is open is kept until its TTL ends.</summary>
public sealed record RetentionOptions
{
    /// <summary>A message settled everywhere is forgotten, with its id, so long after it was sent. Less than 7 days breaks the contract's word on repeated ids.</summary>
    public TimeSpan Age { get; init; } = TimeSpan.FromDays(7);

    /// <summary>Dead letters nobody redrives or purges are kept so long after they ended.</summary>
    public TimeSpan DeadLetters { get; init; } = TimeSpan.FromDays(30);

    /// <summary>Of so many newest messages body and deliveries are kept; of older ones, once settled, the id alone until <see cref="Age"/>. 0: of all.</summary>
    public long Messages { get; init; } = 1_000_000;

    /// <summary>How often the sweeper begins a round.</summary>
    public TimeSpan Interval { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>What is wrong with these values, each a sentence.</summary>
    public IEnumerable<string> Problems()
    {
        if (Age <= TimeSpan.Zero) yield return "RooCoord:Retention:Age must be positive";
        if (DeadLetters <= TimeSpan.Zero) yield return "RooCoord:Retention:DeadLetters must be positive";
        if (Messages < 0) yield return "RooCoord:Retention:Messages must not be negative";
        if (Interval < TimeSpan.FromSeconds(1)) yield return "RooCoord:Retention:Interval must be at least a second";
    }
}
