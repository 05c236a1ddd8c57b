using RooCoord.Application.Sessions;
using RooCoord.Contracts;
using RooCoord.Domain.Users;

namespace RooCoord.Application.Accounts;

/// <summary>Begins erasures: connections end at once; who asked waits a little, so that small accounts are gone when they are told.</summary>
internal sealed class AccountErasures(AccountErasure erasure, ConnectionEnding ending)
{
    public const string Erased = "erased";
    private const string Erasing = "erasing";
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    /// <summary>After the account was marked.</summary>
    public async Task<ErasureState> RunAsync(UserAccount user, CancellationToken cancellationToken)
    {
        await ending.EndAllAsync(user.Key, SessionEndReasons.Revoked).ConfigureAwait(false);
        try
        {
            await erasure.StartNow(user).WaitAsync(Patience, cancellationToken).ConfigureAwait(false);
            return new(user.Id, Erased);
        }
        catch (TimeoutException)
        {
            return new(user.Id, Erasing);
        }
    }
}
