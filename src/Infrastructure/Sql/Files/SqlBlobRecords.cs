using Dapper;
using RooCoord.Application.Files;

namespace RooCoord.Infrastructure.Sql.Files;

/// <inheritdoc cref="IBlobRecords"/>
internal sealed class SqlBlobRecords(Database database, GroupCommit commit) : IBlobRecords
{
    // The bytes of a completed upload are the file's, which may be deleted before the upload is forgotten; those of a part are its own.
    private const string IsNamed = """
        (EXISTS (SELECT 1 FROM file_part p WHERE p.blob_id = @id)
            OR EXISTS (SELECT 1 FROM upload u WHERE u.blob_id = @id AND (u.state = 0 OR (u.state = 1 AND u.kind = 1))))
        """;

    public async Task<IReadOnlyList<NotedBlob>> NotedAsync(string after, int limit, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenAsync(cancellationToken).ConfigureAwait(false);
        var ids = await connection.QueryAsync<string>(
            "SELECT blob_id FROM blob_deletion WHERE blob_id > @after ORDER BY blob_id LIMIT @limit", new { after, limit }).ConfigureAwait(false);
        var noted = new List<NotedBlob>();
        foreach (var id in ids)
            noted.Add(new(id, await connection.ExecuteScalarAsync<long>($"SELECT CASE WHEN {IsNamed} THEN 1 ELSE 0 END", new { id }).ConfigureAwait(false) == 1));
        return noted;
    }

    public Task ForgetAsync(IReadOnlyList<string> blobIds) => commit.RunAsync(async transaction =>
    {
        foreach (var id in blobIds)
            await transaction.Connection.ExecuteAsync("DELETE FROM blob_deletion WHERE blob_id = @id", new { id }).ConfigureAwait(false);
        return blobIds.Count;
    });

    public async Task<IReadOnlyList<string>> UnknownAsync(IReadOnlyList<string> blobIds, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenAsync(cancellationToken).ConfigureAwait(false);
        var unknown = new List<string>();
        foreach (var id in blobIds)
        {
            var known = await connection.ExecuteScalarAsync<long>(
                $"SELECT CASE WHEN {IsNamed} OR EXISTS (SELECT 1 FROM blob_deletion d WHERE d.blob_id = @id) THEN 1 ELSE 0 END", new { id }).ConfigureAwait(false);
            if (known == 0) unknown.Add(id);
        }
        return unknown;
    }
}
