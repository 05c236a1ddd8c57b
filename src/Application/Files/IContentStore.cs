using RooCoord.Domain.Files;

namespace RooCoord.Application.Files;

/// <summary>Versions of files, to be read.</summary>
public interface IContentStore
{
    /// <summary>A version (null: the current one) of a file that the user may see; else null.</summary>
    Task<FileContent?> FindAsync(long userKey, string fileId, long? version, CancellationToken cancellationToken);

    /// <summary>Notes a download in the file's audit; committed when the call ends.</summary>
    Task NoteDownloadAsync(Caller caller, FileContent content, DateTimeOffset at);
}
