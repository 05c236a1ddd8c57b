using RooCoord.Domain.Files;

namespace RooCoord.Application.Files;

/// <summary>What a file was, and who did what with it. Rights are the caller's business: these take keys and ids of files it was found to see.</summary>
public interface IFileHistory
{
    /// <summary>Versions before <paramref name="before"/>, newest first.</summary>
    Task<IReadOnlyList<FileVersion>> VersionsAsync(long fileKey, long before, int limit, CancellationToken cancellationToken);

    /// <summary>The bytes of a version, in order; none when there is no such version.</summary>
    Task<IReadOnlyList<FilePart>> PartsAsync(long fileKey, long version, CancellationToken cancellationToken);

    /// <summary>Lines of the audit before the line <paramref name="before"/> (null: from the newest on), newest first.</summary>
    Task<IReadOnlyList<FileAuditLine>> AuditAsync(string fileId, long? before, int limit, CancellationToken cancellationToken);

    /// <summary>Notes that the caller took these files' bytes along.</summary>
    Task NoteExportAsync(Caller caller, IReadOnlyList<string> fileIds, DateTimeOffset now);
}
