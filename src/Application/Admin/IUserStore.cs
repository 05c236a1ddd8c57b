using RooCoord.Domain.Users;

namespace RooCoord.Application.Admin;

/// <summary>Users. Reads see what is committed: nothing here is remembered between calls. Every change is one transaction.</summary>
public interface IUserStore
{
    /// <summary>What tokens of a user are judged by (its devices are not counted), or null when nothing is stored of it.</summary>
    Task<UserAccount?> AccountAsync(string userId, CancellationToken cancellationToken);

    /// <summary>One user, or null.</summary>
    Task<UserAccount?> FindAsync(string userId, CancellationToken cancellationToken);

    /// <summary>Users whose id contains <paramref name="part"/> (null: all), in the order of their ids, after <paramref name="after"/>.</summary>
    Task<IReadOnlyList<UserAccount>> ListAsync(string? part, string? after, int limit, CancellationToken cancellationToken);

    /// <summary>Refuses all tokens of a user, which is stored if it was not, and fences its connections off. Disabled before: stays as it is.</summary>
    Task<UserAccount> DisableAsync(string userId, DateTimeOffset now);

    /// <summary>Takes a disabling back; null when there is no such user.</summary>
    Task<UserAccount?> EnableAsync(string userId);

    /// <summary>Revokes all device credentials of a user and its user tokens issued up to now, and fences its connections off. Stores the user if it was not.</summary>
    Task<UserAccount> RevokeTokensAsync(string userId, DateTimeOffset now);

    /// <summary>
    /// Notes, for good, that everything of a user is to be removed; its tokens, credentials and connections end as with
    /// <see cref="RevokeTokensAsync"/>, and new ones are refused until all is. Null when there is no such user.
    /// </summary>
    Task<UserAccount?> BeginErasureAsync(string userId, DateTimeOffset now);
}
