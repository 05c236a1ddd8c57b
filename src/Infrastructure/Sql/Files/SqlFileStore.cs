using Dapper;
using RooCoord.Application.Files;
using RooCoord.Domain.Files;

namespace RooCoord.Infrastructure.Sql.Files;

/// <inheritdoc cref="IFileStore"/>
internal sealed class SqlFileStore(Database database, TimeProvider time) : IFileStore
{
    public async Task<FileEntry?> FindAsync(long userKey, string id, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenAsync(cancellationToken).ConfigureAwait(false);
        return await FileRow.FindAsync(connection, userKey, id, time.GetUtcNow()).ConfigureAwait(false);
    }

    public async Task<IReadOnlyList<long>> ViewersAsync(long fileKey, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenAsync(cancellationToken).ConfigureAwait(false);
        return (await connection.QueryAsync<long>(SelectViewers, new { fileKey, now = time.GetUtcNow().ToUnixTimeMilliseconds() }).ConfigureAwait(false)).AsList();
    }

    internal const string SelectViewers = """
        SELECT user_key FROM file WHERE file_key = @fileKey
        UNION ALL SELECT user_key FROM file_permission WHERE file_key = @fileKey AND (expires_at IS NULL OR expires_at > @now)
        """;
}
