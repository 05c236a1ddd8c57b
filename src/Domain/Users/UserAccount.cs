namespace RooCoord.Domain.Users;

/// <summary>A user something is stored of.</summary>
public sealed record UserAccount
{
    /// <summary>Most characters of a user's id.</summary>
    public const int MaxId = 255;

    /// <summary>Narrow key, never on the wire.</summary>
    public required long Key { get; init; }
    /// <summary>The token's <c>sub</c>.</summary>
    public required string Id { get; init; }
    /// <summary>When it was first stored.</summary>
    public required DateTimeOffset CreatedAt { get; init; }
    /// <summary>Since when all of its tokens are refused.</summary>
    public DateTimeOffset? DisabledAt { get; init; }
    /// <summary>User tokens issued up to here are refused.</summary>
    public DateTimeOffset? TokensRevokedAt { get; init; }
    /// <summary>Since when everything of it is being removed; null when nothing is, or all was.</summary>
    public DateTimeOffset? ErasingAt { get; init; }
    /// <summary>When everything of it was removed last.</summary>
    public DateTimeOffset? ErasedAt { get; init; }
    /// <summary>How many devices it has.</summary>
    public long Devices { get; init; }

    /// <summary>Whether a user token issued then is accepted. One that does not say when might be older than the revocation.</summary>
    public bool Accepts(DateTimeOffset? issuedAt) => DisabledAt is null && ErasingAt is null && (TokensRevokedAt is not { } revoked || issuedAt > revoked);
}
