using RooCoord.Domain.Files;

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

    /// <summary>Of an upload so many first bytes stay in the operating system's page cache for the downloads that follow; the rest leaves it once it is on the disk.</summary>
    public long CachedBytes { get; init; } = 8 * 1024 * 1024;

    /// <summary>Uploads a user may have unfinished; 0: no limit.</summary>
    public int OpenUploads { get; init; } = 1_000;

    /// <summary>How often uploads whose time is over, and blobs that nothing names, are looked for.</summary>
    public TimeSpan SweepInterval { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>How often the blobs on the disk are held against the database.</summary>
    public TimeSpan OrphanInterval { get; init; } = TimeSpan.FromHours(1);

    /// <summary>A blob of which the database knows nothing is deleted so long after it was written.</summary>
    public TimeSpan OrphansAfter { get; init; } = TimeSpan.FromDays(1);

    /// <summary>Megabytes (10^6) a second at which all versions are read again; 0: they are not.</summary>
    public int ScrubMegabytesPerSecond { get; init; } = 10;

    /// <summary>From the beginning of one reading of all versions to that of the next, at least.</summary>
    public TimeSpan ScrubInterval { get; init; } = TimeSpan.FromDays(7);

    /// <summary>What is wrong with these values, each a sentence.</summary>
    public IEnumerable<string> Problems()
    {
        if (UploadsExpireAfter < TimeSpan.FromMinutes(1)) yield return "RooCoord:Files:UploadsExpireAfter must be at least a minute";
        if (IdleSeconds < 1) yield return "RooCoord:Files:IdleSeconds must be at least 1";
        if (CachedBytes < 0) yield return "RooCoord:Files:CachedBytes must not be negative";
        if (OpenUploads < 0) yield return "RooCoord:Files:OpenUploads must not be negative";
        foreach (var pattern in new[] { MediaTypes.Problem(AllowedTypes), MediaTypes.Problem(DeniedTypes) })
            if (pattern is not null) yield return $"RooCoord:Files:AllowedTypes and :DeniedTypes: '{pattern}' is no media type";
        if (SweepInterval < TimeSpan.FromSeconds(1)) yield return "RooCoord:Files:SweepInterval must be at least a second";
        if (OrphanInterval < TimeSpan.FromSeconds(1)) yield return "RooCoord:Files:OrphanInterval must be at least a second";
        // An upload's row comes before its blob, but a copy of the database may lag behind.
        if (OrphansAfter < TimeSpan.FromHours(1)) yield return "RooCoord:Files:OrphansAfter must be at least an hour";
        if (ScrubMegabytesPerSecond is < 0 or > 100_000) yield return "RooCoord:Files:ScrubMegabytesPerSecond must be 0 to 100000";
        if (ScrubInterval < TimeSpan.FromMinutes(1)) yield return "RooCoord:Files:ScrubInterval must be at least a minute";
    }
}
