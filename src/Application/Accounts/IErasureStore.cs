using RooCoord.Application.Files;
using RooCoord.Domain.Users;

namespace RooCoord.Application.Accounts;

/// <summary>Removes users' data bit by bit. What is to be removed is a state of the account: whatever ends a process, the next one goes on.</summary>
public interface IErasureStore
{
    /// <summary>Users whose data is being removed.</summary>
    Task<IReadOnlyList<UserAccount>> PendingAsync(CancellationToken cancellationToken);

    /// <summary>
    /// Removes some more of a user's data, in one short transaction that is committed when the call ends. Its devices are revoked before.
    /// Two who do it at once do no harm.
    /// </summary>
    Task<ErasureStep> RemoveSomeAsync(UserAccount user, DateTimeOffset now);
}

/// <summary>What a step removed.</summary>
/// <param name="IsDone">Nothing is left, and the account is one like new.</param>
/// <param name="Files">Files removed, and who could see them.</param>
public sealed record ErasureStep(bool IsDone, IReadOnlyList<RemovedFile> Files);
