namespace RooCoord.Domain.Devices;

/// <summary>What presenting a refresh token leads to.</summary>
public enum RefreshDecision
{
    /// <summary>A new token takes its place.</summary>
    Rotate,
    /// <summary>Known and dead: somebody has a copy, the whole family ends.</summary>
    RevokeFamily,
    /// <summary>Not accepted; nothing else happens.</summary>
    Refuse,
}

/// <summary>
/// A refresh token of a family (RFC 9700, section 4.14.2): used once. A superseded one may be used again within
/// <see cref="Grace"/> while nothing of its successors has been used: its answer was lost.
/// </summary>
/// <param name="Generation">Place in its family, from 1.</param>
/// <param name="ExpiresAt">When it ends.</param>
/// <param name="SupersededAt">When a newer one took its place.</param>
/// <param name="FamilyRevoked">Whether the family was ended.</param>
/// <param name="SuccessorUsed">Whether a later token of the family, refresh or access, was used.</param>
public sealed record RefreshToken(long Generation, DateTimeOffset ExpiresAt, DateTimeOffset? SupersededAt, bool FamilyRevoked, bool SuccessorUsed)
{
    /// <summary>How long a superseded token may be used again.</summary>
    public static readonly TimeSpan Grace = TimeSpan.FromSeconds(60);
    /// <summary>How long a refresh token lasts.</summary>
    public static readonly TimeSpan Lifetime = TimeSpan.FromDays(90);
    /// <summary>How long an access token of a device lasts.</summary>
    public static readonly TimeSpan AccessLifetime = TimeSpan.FromHours(1);

    /// <summary>Decides what presenting it now leads to.</summary>
    public RefreshDecision Present(DateTimeOffset now)
    {
        if (FamilyRevoked || ExpiresAt <= now) return RefreshDecision.Refuse;
        if (SupersededAt is not { } at) return RefreshDecision.Rotate;
        return now - at <= Grace && !SuccessorUsed ? RefreshDecision.Rotate : RefreshDecision.RevokeFamily;
    }
}
