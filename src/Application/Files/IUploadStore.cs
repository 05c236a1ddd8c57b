using RooCoord.Domain.Files;

namespace RooCoord.Application.Files;

/// <summary>
/// Uploads and what they become. Every change is one transaction and is committed when the call ends. Reads are of one user:
/// what is another's is null.
/// </summary>
public interface IUploadStore
{
    /// <summary>
    /// Stores a new upload. Throws <see cref="Domain.FaultCode.TooLarge"/> when its length, with what the user has stored and what
    /// its other uploads reserve, is more than <paramref name="quota"/> (0: no limit). Stores the user if it was not.
    /// </summary>
    Task<Upload> AddAsync(Caller caller, Upload upload, long quota);

    /// <summary>An upload of the user, or null.</summary>
    Task<Upload?> FindAsync(long userKey, string id, CancellationToken cancellationToken);

    /// <summary>Several uploads of the user, in the order asked for; null for each that is not there.</summary>
    Task<IReadOnlyList<Upload?>> FindAsync(long userKey, IReadOnlyList<string> ids, CancellationToken cancellationToken);

    /// <summary>Sets a length that was deferred. Throws as <see cref="AddAsync"/> does, and <see cref="Domain.FaultCode.Conflict"/> when there is one already.</summary>
    Task SetLengthAsync(Upload upload, long length, long quota);

    /// <summary>
    /// Moves what is committed from <see cref="Upload.Received"/> to <paramref name="received"/>; the bytes are on the disk by then.
    /// Throws <see cref="Domain.FaultCode.Conflict"/> when it stands elsewhere: whoever lost its lock without knowing changes nothing.
    /// While the length is deferred, throws <see cref="Domain.FaultCode.TooLarge"/> as <see cref="AddAsync"/> does.
    /// </summary>
    /// <param name="upload">As it was found.</param>
    /// <param name="received">What is committed now.</param>
    /// <param name="expiresAt">When it is forgotten now.</param>
    /// <param name="quota">Of an upload whose length is not known: as of <see cref="AddAsync"/>, for the bytes that came.</param>
    Task AdvanceAsync(Upload upload, long received, DateTimeOffset expiresAt, long quota);

    /// <summary>
    /// Completes a partial upload: all its bytes are committed, and its blob is published. Fenced as <see cref="AdvanceAsync"/> is.
    /// </summary>
    Task CompletePartAsync(Upload upload, DateTimeOffset expiresAt);

    /// <summary>
    /// Completes an upload: a file, or a new version of the one its metadata names, comes to be, is counted to its owner's bytes and
    /// noted in the audit, all at once. Fenced as <see cref="AdvanceAsync"/> is. Throws <see cref="Domain.FaultCode.NotFound"/>
    /// or <see cref="Domain.FaultCode.Forbidden"/> when that file is gone or not the user's to change, <see cref="Domain.FaultCode.TooLarge"/>
    /// when bytes nobody reserved (another owner's, parts used once more) go beyond <paramref name="quota"/> (0: no limit).
    /// </summary>
    Task<FileEntry> CompleteAsync(Caller caller, Upload upload, NewVersion version, DateTimeOffset expiresAt, long quota);

    /// <summary>Marks an upload as failed, for good, with a line in the audit; its blob is to be deleted.</summary>
    Task FailAsync(Caller caller, Upload upload, string reason);

    /// <summary>Forgets an upload; its blob is to be deleted unless a file names it.</summary>
    Task RemoveAsync(Upload upload);

    /// <summary>Uploads of all users whose bytes are all committed but which are not completed; final ones not: nobody knows their ids.</summary>
    Task<IReadOnlyList<(Caller Caller, Upload Upload)>> InterruptedAsync(int limit, CancellationToken cancellationToken);

    /// <summary>Uploads of all users that lack bytes and that no living node receives, from the one behind <paramref name="after"/> (<see cref="Upload.Key"/>) on.</summary>
    Task<IReadOnlyList<Upload>> UnfinishedAsync(long after, int limit, CancellationToken cancellationToken);

    /// <summary>Uploads of all users whose time is over.</summary>
    Task<IReadOnlyList<Upload>> ExpiredAsync(DateTimeOffset now, int limit, CancellationToken cancellationToken);

    /// <summary>Forgets an upload as <see cref="RemoveAsync"/> does, unless it was put off meanwhile: then false.</summary>
    Task<bool> ExpireAsync(Upload upload);
}

/// <summary>What a completed upload brings.</summary>
/// <param name="Name">Safe name, for a new file.</param>
/// <param name="MimeType">Media type.</param>
/// <param name="Size">Bytes.</param>
/// <param name="Sha256">64 lower-case hex digits.</param>
/// <param name="Parts">Its blobs, in order.</param>
/// <param name="At">When.</param>
public sealed record NewVersion(string Name, string MimeType, long Size, string Sha256, IReadOnlyList<FilePart> Parts, DateTimeOffset At);
