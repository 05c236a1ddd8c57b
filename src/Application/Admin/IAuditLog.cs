using RooCoord.Domain.Users;

namespace RooCoord.Application.Admin;

/// <summary>What admins asked for. Entries are only ever added; an added one is committed when the call ends.</summary>
public interface IAuditLog
{
    /// <summary>Adds an entry.</summary>
    Task AddAsync(DateTimeOffset at, string admin, string action, string? userId);

    /// <summary>The newest entries older than <paramref name="before"/> (null: the newest of all), newest first.</summary>
    Task<IReadOnlyList<AuditedCall>> ListAsync(long? before, int limit, CancellationToken cancellationToken);
}
