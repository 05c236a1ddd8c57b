using Dapper;

namespace RooCoord.Infrastructure.Sql.Files;

/// <summary>Which node receives an upload.</summary>
internal sealed class UploadHolders(Database database, GroupCommit commit)
{
    /// <summary>The node that receives it, or null when there is no such upload.</summary>
    public async Task<UploadHolder?> FindAsync(long userKey, string uploadId, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenAsync(cancellationToken).ConfigureAwait(false);
        var rows = await connection.QueryAsync<(long Node, long Alive)>(new CommandDefinition(
            """
            SELECT u.node, (SELECT COUNT(*) FROM node n WHERE n.node_key = u.node AND n.dead_at IS NULL)
            FROM upload u WHERE u.id = @uploadId AND u.user_key = @userKey
            """, new { uploadId, userKey }, cancellationToken: cancellationToken)).ConfigureAwait(false);
        return rows.Select(r => (UploadHolder?)new UploadHolder(r.Node, r.Alive > 0)).FirstOrDefault();
    }

    /// <summary>Gives it from one node to another; false when that was not the one.</summary>
    public async Task<bool> MoveAsync(long userKey, string uploadId, long from, long to) => await commit.RunAsync(transaction => transaction.Connection.ExecuteAsync(
        "UPDATE upload SET node = @to WHERE id = @uploadId AND user_key = @userKey AND node = @from", new { userKey, uploadId, from, to })).ConfigureAwait(false) > 0;
}

/// <summary>A node, 0 for none, and whether it lives.</summary>
internal readonly record struct UploadHolder(long Node, bool IsAlive);
