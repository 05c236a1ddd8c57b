using Dapper;

namespace RooCoord.Infrastructure.Sql;

/// <summary>
/// Who of several nodes does something: one holder a name, until its time ends. A holder that was frozen past
/// its time is not the holder any more; the fencing number a lease comes with lets whoever acts under it be told apart.
/// </summary>
internal sealed class Leases(GroupCommit commit, TimeProvider time) : Application.ILeases
{
    // Of this process: a node that restarts waits for its own earlier lease as any other does.
    private readonly string _owner = Application.Ids.New();

    /// <summary>Lets all of this process's leases go.</summary>
    public Task ReleaseAsync() => commit.RunAsync(transaction => transaction.Connection.ExecuteAsync("UPDATE lease SET expires_at = 0 WHERE owner = @_owner", new { _owner }));

    /// <summary>Takes or renews a lease for so long; its fencing number, or null while another holds it.</summary>
    public Task<long?> TryHoldAsync(string name, TimeSpan duration)
    {
        var now = time.GetUtcNow();
        return commit.RunAsync(transaction => transaction.Connection.ExecuteScalarAsync<long?>(
            """
            INSERT INTO lease (name, owner, fence, expires_at) VALUES (@name, @_owner, 1, @until)
            ON CONFLICT (name) DO UPDATE SET expires_at = excluded.expires_at,
                fence = CASE WHEN lease.owner = excluded.owner THEN lease.fence ELSE lease.fence + 1 END, owner = excluded.owner
            WHERE lease.owner = excluded.owner OR lease.expires_at <= @now
            RETURNING fence
            """, new { name, _owner, until = (now + duration).ToUnixTimeMilliseconds(), now = now.ToUnixTimeMilliseconds() }));
    }
}
