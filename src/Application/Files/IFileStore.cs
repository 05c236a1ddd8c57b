using RooCoord.Domain.Files;

namespace RooCoord.Application.Files;

/// <summary>
/// Files, as a user may see them: what it may not see is null or not among them. Every change is one transaction, with its line in
/// the audit, and is committed when the call ends.
/// </summary>
public interface IFileStore
{
    /// <summary>A file with the user's role, or null.</summary>
    Task<FileEntry?> FindAsync(long userKey, string id, CancellationToken cancellationToken);

    /// <summary>Keys of all users who may see a file now, its owner first.</summary>
    Task<IReadOnlyList<long>> ViewersAsync(long fileKey, CancellationToken cancellationToken);
}
