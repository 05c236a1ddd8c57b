using System.Data.Common;
using Dapper;

namespace RooCoord.Infrastructure.Sql.Files;

/// <summary>Blobs that may be superfluous now; whoever deletes them looks whether anything still names them.</summary>
internal static class BlobDeletions
{
    public static async Task NoteAsync(DbConnection connection, IEnumerable<string> blobIds, DateTimeOffset now)
    {
        foreach (var id in blobIds)
        {
            await connection.ExecuteAsync(
                "INSERT INTO blob_deletion (blob_id, noted_at) VALUES (@id, @at) ON CONFLICT DO NOTHING", new { id, at = now.ToUnixTimeMilliseconds() }).ConfigureAwait(false);
        }
    }
}
