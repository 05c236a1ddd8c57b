using RooCoord.Domain;
using RooCoord.Domain.Files;

namespace RooCoord.Infrastructure.Sql.Files;

/// <summary>More bytes of an upload are committed: with hundreds of uploads at once these are most of what is written, so a batch's go in one round trip.</summary>
internal sealed class AdvanceWork(Upload upload, long received, DateTimeOffset expiresAt) : Work<bool>
{
    /// <summary>Runs those among the works.</summary>
    public static async ValueTask RunAsync(ISqlTransaction transaction, IEnumerable<Work> works)
    {
        // In the order of their keys, so that two nodes cannot wait for each other.
        AdvanceWork[] advances = [.. works.OfType<AdvanceWork>().OrderBy(w => w.Upload.Key)];
        if (advances.Length == 0) return;
        var moved = await transaction.QueryEachAsync(Advance, advances).ConfigureAwait(false);
        for (var i = 0; i < advances.Length; i++)
            if (moved[i] == 0) advances[i].Fault = Fault.Conflict("the upload stands elsewhere by now");
    }

    private Upload Upload => upload;

    private static readonly SqlQuery<AdvanceWork, long> Advance = new(
        "UPDATE upload SET received = $1, expires_at = $2 WHERE upload_key = $3 AND received = $4 AND node = $5 AND state = 0 RETURNING upload_key",
        static (p, work) =>
        {
            p.Add(work.Received);
            p.Add(work.ExpiresAt.ToUnixTimeMilliseconds());
            p.Add(work.Upload.Key);
            p.Add(work.Upload.Received);
            p.Add(work.Upload.Node);
        },
        static r => r.GetInt64(0));

    private long Received => received;
    private DateTimeOffset ExpiresAt => expiresAt;
}
