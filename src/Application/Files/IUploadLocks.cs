namespace RooCoord.Application.Files;

/// <summary>
/// One writer an upload. A newer writer takes over: the older one is told (<see cref="IUploadLock.Lost"/>), keeps what it has,
/// and lets go. Of waiting writers the newest is served, the others are refused. Locks of different users never meet: who guesses
/// an id takes nothing from its owner.
/// </summary>
public interface IUploadLocks
{
    /// <summary>Takes the lock to change the upload; throws <see cref="Domain.FaultCode.Locked"/> when a newer one came first or the holder does not let go in time.</summary>
    Task<IUploadLock> TakeAsync(long userKey, string uploadId, CancellationToken cancellationToken);

    /// <summary>
    /// Takes the lock to look at the upload: from a holder that received nothing for 200 ms, else waits at most 500 ms and throws
    /// <see cref="Domain.FaultCode.Locked"/>.
    /// </summary>
    Task<IUploadLock> LookAsync(long userKey, string uploadId, CancellationToken cancellationToken);
}

/// <summary>A held lock; disposing lets go.</summary>
public interface IUploadLock : IAsyncDisposable
{
    /// <summary>Cancelled when a newer request wants the lock, or it was lost: keep what there is, and let go.</summary>
    CancellationToken Lost { get; }

    /// <summary>Something was received.</summary>
    void Touch();

    /// <summary>Whether the upload is still this holder's: to be asked before bytes are cut that may be another's by now.</summary>
    ValueTask<bool> IsOursAsync();

    /// <summary>Whether what was received is being stored: that nothing is received meanwhile is no silence.</summary>
    bool IsBusy { set; }
}
