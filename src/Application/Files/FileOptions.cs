namespace RooCoord.Application.Files;

/// <summary>Options <c>RooCoord:Files</c>. Sizes stand in <see cref="Limits"/>.</summary>
public sealed record FileOptions
{
    /// <summary>How long an upload that gets no bytes, or is finished, is kept.</summary>
    public TimeSpan UploadsExpireAfter { get; init; } = TimeSpan.FromHours(24);

    /// <summary>Media types that are taken, with <c>*</c> for any subtype, comma separated; empty: all.</summary>
    public string AllowedTypes { get; init; } = "";

    /// <summary>Media types that are refused, in the same form.</summary>
    public string DeniedTypes { get; init; } = "";

    /// <summary>Seconds without a byte after which a request that brings a chunk ends; what it brought is kept.</summary>
    public int IdleSeconds { get; init; } = 60;

    /// <summary>Uploads a user may have unfinished; 0: no limit.</summary>
    public int OpenUploads { get; init; } = 1_000;

    /// <summary>What is wrong with these values, each a sentence.</summary>
    public IEnumerable<string> Problems()
    {
        if (UploadsExpireAfter < TimeSpan.FromMinutes(1)) yield return "RooCoord:Files:UploadsExpireAfter must be at least a minute";
        if (IdleSeconds < 1) yield return "RooCoord:Files:IdleSeconds must be at least 1";
        if (OpenUploads < 0) yield return "RooCoord:Files:OpenUploads must not be negative";
    }
}
