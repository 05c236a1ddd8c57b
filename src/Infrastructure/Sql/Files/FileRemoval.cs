using Dapper;
using RooCoord.Application.Files;
using RooCoord.Domain.Files;

namespace RooCoord.Infrastructure.Sql.Files;

/// <summary>Removes a file with all that hangs on it, inside a transaction; its audit stays.</summary>
internal static class FileRemoval
{
    public static async Task<RemovedFile> RunAsync(ISqlTransaction transaction, FileEntry file, DateTimeOffset now)
    {
        var connection = transaction.Connection;
        var key = new { file.Key };
        var viewers = await ViewersAsync(connection, file.Key, now).ConfigureAwait(false);
        var blobs = await connection.QueryAsync<string>("SELECT DISTINCT blob_id FROM file_part WHERE file_key = @Key", key).ConfigureAwait(false);
        var bytes = await connection.ExecuteScalarAsync<long>(
            "SELECT CAST(COALESCE(SUM(size), 0) AS BIGINT) FROM file_version WHERE file_key = @Key AND restored_from IS NULL", key).ConfigureAwait(false);
        await FileTerms.RemoveAsync(transaction, file).ConfigureAwait(false);
        await connection.ExecuteAsync("DELETE FROM file_part WHERE file_key = @Key", key).ConfigureAwait(false);
        await connection.ExecuteAsync("DELETE FROM file_version WHERE file_key = @Key", key).ConfigureAwait(false);
        await connection.ExecuteAsync("DELETE FROM file_permission WHERE file_key = @Key", key).ConfigureAwait(false);
        await connection.ExecuteAsync("DELETE FROM share WHERE file_key = @Key", key).ConfigureAwait(false);
        await connection.ExecuteAsync("DELETE FROM file WHERE file_key = @Key", key).ConfigureAwait(false);
        await BlobDeletions.NoteAsync(connection, blobs, now).ConfigureAwait(false);
        await FileVersions.CountAsync(connection, file.UserKey, -bytes, -1).ConfigureAwait(false);
        return new(file.Id, viewers);
    }

    private static async Task<IReadOnlyList<long>> ViewersAsync(System.Data.Common.DbConnection connection, long fileKey, DateTimeOffset now) =>
        (await connection.QueryAsync<long>(SqlFileStore.SelectViewers, new { fileKey, now = now.ToUnixTimeMilliseconds() }).ConfigureAwait(false)).AsList();
}
