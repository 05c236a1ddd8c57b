using RooCoord.Domain.Files;

namespace RooCoord.Application.Files;

/// <summary>Who else than its owner may do what with a file. What has expired is not there. Changes are one transaction each, decide rights inside of it and stand in the audit.</summary>
public interface IFilePermissions
{
    /// <summary>All that hold now, by user id.</summary>
    Task<IReadOnlyList<FilePermission>> ListAsync(long fileKey, CancellationToken cancellationToken);

    /// <summary>
    /// Gives or changes a permission (owners). Stores the user if it was not: files are shared before somebody is first here. Throws
    /// <see cref="Domain.FaultCode.NotFound"/>, <see cref="Domain.FaultCode.Forbidden"/>, and <see cref="Domain.FaultCode.Conflict"/> for the user the file belongs to.
    /// </summary>
    Task<ChangedPermission> GrantAsync(Caller caller, string fileId, FilePermission permission);

    /// <summary>Takes a permission away (owners, and whoever has it). Throws <see cref="Domain.FaultCode.NotFound"/>, <see cref="Domain.FaultCode.Forbidden"/>.</summary>
    Task<ChangedPermission> RevokeAsync(Caller caller, string fileId, string userId, DateTimeOffset now);
}

/// <summary>The file, and the key of the user whose permission changed.</summary>
public sealed record ChangedPermission(FileEntry File, long UserKey);
