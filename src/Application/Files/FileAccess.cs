using RooCoord.Domain;
using RooCoord.Domain.Files;

namespace RooCoord.Application.Files;

/// <summary>Finds files by what the caller may do: what it may not see does not exist, what it sees but may not do is forbidden.</summary>
internal static class FileAccess
{
    public static async Task<FileEntry> RequireAsync(this IFileStore files, Caller caller, string id, FileRole role, CancellationToken cancellationToken) =>
        (await files.FindAsync(caller.UserKey, id, cancellationToken).ConfigureAwait(false) ?? throw Fault.NotFound("file")).Require(role);
}
