using RooCoord.Domain.Files;

namespace RooCoord.Application.Files;

/// <summary>Finds files among those a user may see now. Sorted by the value and then the id, so that paging on from a place neither repeats nor misses files that stay as they are.</summary>
public interface IFileSearch
{
    /// <summary>At most <see cref="FileQuery.Limit"/> files behind <see cref="FileQuery.Behind"/>.</summary>
    Task<IReadOnlyList<FileEntry>> FindAsync(Caller caller, FileQuery query, CancellationToken cancellationToken);
}
