using RooCoord.Domain.Files;
using RooCoord.Domain.Shares;

namespace RooCoord.Application.Shares;

/// <summary>
/// Share links, their tokens hashed. Every change is one transaction, with its line in the file's audit, and is committed when the
/// call ends. Links whose maker is no owner of the file any more, or is switched off, are not there.
/// </summary>
public interface IShareStore
{
    /// <summary>
    /// Stores a link. Throws <see cref="Domain.FaultCode.NotFound"/> or <see cref="Domain.FaultCode.Forbidden"/> unless the caller is an owner of
    /// the file, <see cref="Domain.FaultCode.Conflict"/> when the file has <paramref name="limit"/> links.
    /// </summary>
    Task AddAsync(Caller caller, string fileId, ShareLink link, string tokenHash, int limit);

    /// <summary>All links of a file, newest first, ended ones too.</summary>
    Task<IReadOnlyList<ShareLink>> ListAsync(FileEntry file, CancellationToken cancellationToken);

    /// <summary>Forgets a link; throws as <see cref="AddAsync"/> does, and when there is no such link.</summary>
    Task RemoveAsync(Caller caller, string fileId, string shareId, DateTimeOffset now);

    /// <summary>The link with this token, or null.</summary>
    Task<ShareLink?> FindByTokenAsync(string tokenHash, DateTimeOffset now, CancellationToken cancellationToken);

    /// <summary>The link with this id, or null.</summary>
    Task<ShareLink?> FindAsync(string shareId, DateTimeOffset now, CancellationToken cancellationToken);

    /// <summary>
    /// Counts a download, and returns the version it is of. Of several at once no more than the link allows are counted: throws
    /// <see cref="Domain.FaultCode.Expired"/>, or <see cref="Domain.FaultCode.NotFound"/> when the link is gone.
    /// </summary>
    Task<long> CountDownloadAsync(string shareId, DateTimeOffset now);

    /// <summary>A version (null: the current one) of the link's file, or null.</summary>
    Task<FileContent?> ContentAsync(ShareLink link, long? version, CancellationToken cancellationToken);
}

/// <summary>Signs grants with a key that all nodes have.</summary>
public interface IShareGrants
{
    /// <summary>A grant as text that stands in a path.</summary>
    ValueTask<string> SignAsync(ShareGrant grant, CancellationToken cancellationToken);

    /// <summary>The grant, or null when nobody here signed it. It may have ended.</summary>
    ValueTask<ShareGrant?> ReadAsync(string text, CancellationToken cancellationToken);
}

/// <summary>Where links of this server begin.</summary>
public interface IShareAddress
{
    /// <summary>The address of a token.</summary>
    string Of(string token);
}
