using RooCoord.Domain.Files;

namespace RooCoord.Application.Files;

/// <summary>
/// Changes of files. Each is one transaction with its line in the audit, decides rights inside of it, and is committed when the call
/// ends. Throws <see cref="Domain.FaultCode.NotFound"/> when the caller may not see the file, <see cref="Domain.FaultCode.Forbidden"/> when its role is too small.
/// </summary>
public interface IFileChanges
{
    /// <summary>Changes name, tags and description (editors). Throws <see cref="Domain.FaultCode.PreconditionFailed"/> when <paramref name="ifMatch"/> has another entity tag than the file.</summary>
    Task<FileEntry> ChangeAsync(Caller caller, string id, string? ifMatch, Func<FileEntry, FileEntry> change, DateTimeOffset now);

    /// <summary>Makes the bytes of an earlier version the current ones again, as a new version (editors). They are stored, and counted, once.</summary>
    Task<FileEntry> RestoreAsync(Caller caller, string id, long version, string? ifMatch, DateTimeOffset now);

    /// <summary>Deletes a file with its versions, permissions and shares (owners); its audit stays.</summary>
    Task<RemovedFile> RemoveAsync(Caller caller, string id, string? ifMatch, DateTimeOffset now);
}

/// <summary>A file that is gone, and the keys of those who could see it.</summary>
public sealed record RemovedFile(string FileId, IReadOnlyList<long> Viewers);
