using RooCoord.Domain.Files;

namespace RooCoord.Application.Files;

/// <summary>How far re-hashing has come, and what it found. Writes are committed when the call ends.</summary>
public interface IScrubRecords
{
    /// <summary>Where the round stands; null before the first.</summary>
    Task<ScrubPosition?> FindPositionAsync(CancellationToken cancellationToken);

    /// <summary>Notes where the round stands.</summary>
    Task SavePositionAsync(ScrubPosition position);

    /// <summary>The version after a position, or null: the round is over.</summary>
    Task<ScrubbedVersion?> NextAsync(ScrubPosition position, CancellationToken cancellationToken);

    /// <summary>Notes that a version is damaged; false when it is not there any more.</summary>
    Task<bool> MarkDamagedAsync(ScrubbedVersion version, string reason);

    /// <summary>Takes back what was noted of a version: it is whole.</summary>
    Task MarkWholeAsync(ScrubbedVersion version);

    /// <summary>How many versions are damaged.</summary>
    Task<long> CountDamagedAsync(CancellationToken cancellationToken);
}

/// <summary>The last version looked at; both 0 between two rounds.</summary>
public sealed record ScrubPosition(long FileKey, long Version, DateTimeOffset BeganAt)
{
    /// <summary>Whether the round that began then is over.</summary>
    public bool IsOver => FileKey == 0;
}

/// <summary>A version to look at.</summary>
/// <param name="FileKey">Narrow key of its file.</param>
/// <param name="FileId">Its file.</param>
/// <param name="Version">Its number.</param>
/// <param name="Sha256">What it must hash to.</param>
/// <param name="Parts">Its blobs, in order.</param>
/// <param name="IsMarked">Whether it is noted as damaged.</param>
public sealed record ScrubbedVersion(long FileKey, string FileId, long Version, string Sha256, IReadOnlyList<FilePart> Parts, bool IsMarked);
