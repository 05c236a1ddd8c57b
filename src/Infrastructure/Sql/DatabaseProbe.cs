using Dapper;

namespace RooCoord.Infrastructure.Sql;

/// <summary>The database takes a write and gives an answer.</summary>
internal sealed class DatabaseProbe(GroupCommit commit) : IReadinessProbe
{
    public string Name => "database";

    // Through the writer, and a change, or nothing would be written: a database that only reads, or a full disk, is not ready.
    public Task CheckAsync(CancellationToken cancellationToken) => commit
        .RunAsync(transaction => transaction.Connection.ExecuteAsync("UPDATE counter SET next = next + 1 WHERE name = 'probe'"))
        .WaitAsync(cancellationToken);
}
