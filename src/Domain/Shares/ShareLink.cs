namespace RooCoord.Domain.Shares;

/// <summary>A link by which anyone who has it may download a file.</summary>
public sealed record ShareLink
{
    /// <summary>Opaque id, not the token.</summary>
    public required string Id { get; init; }
    /// <summary>The file.</summary>
    public long FileKey { get; init; }
    /// <summary>The file.</summary>
    public required string FileId { get; init; }
    /// <summary>Who made it.</summary>
    public required string CreatedBy { get; init; }
    /// <summary>A <see cref="SharePassword"/>, or null.</summary>
    public string? PasswordHash { get; init; }
    /// <summary>Downloads in all, or null: any number.</summary>
    public long? MaxDownloads { get; init; }
    /// <summary>Downloads so far.</summary>
    public long Downloads { get; init; }
    /// <summary>When it was made.</summary>
    public required DateTimeOffset CreatedAt { get; init; }
    /// <summary>When it ends, or null.</summary>
    public DateTimeOffset? ExpiresAt { get; init; }

    /// <summary>Throws <see cref="FaultCode.Expired"/> when its time is over or its downloads are used up.</summary>
    public void RequireOpen(DateTimeOffset now)
    {
        if (ExpiresAt <= now) throw Fault.Expired("the link has expired");
        if (Downloads >= MaxDownloads) throw UsedUp();
    }

    /// <summary>All downloads were made.</summary>
    public static Fault UsedUp() => Fault.Expired("the link is used up");
}

/// <summary>What one counted download opens: one version of the file, for a time.</summary>
/// <param name="ShareId">The link it came by.</param>
/// <param name="Version">The version.</param>
/// <param name="ExpiresAt">When it ends.</param>
public sealed record ShareGrant(string ShareId, long Version, DateTimeOffset ExpiresAt)
{
    /// <summary>How long ranges and resumes are free.</summary>
    public static readonly TimeSpan Lifetime = TimeSpan.FromHours(1);
}
