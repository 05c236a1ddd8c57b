using System.Data.Common;
using Dapper;
using RooCoord.Domain;

namespace RooCoord.Infrastructure.Sql.Files;

/// <summary>Whether a user may have more, inside a transaction.</summary>
internal static class UploadRoom
{
    // One of them may be finished or given up by then.
    private static readonly TimeSpan TryAgain = TimeSpan.FromMinutes(1);

    /// <summary>Throws <see cref="FaultCode.RateLimited"/> when the user has as many unfinished uploads as it may (0: no limit).</summary>
    public static async Task RequireAnotherAsync(DbConnection connection, long user, int most)
    {
        if (most <= 0) return;
        await LockAsync(connection, user).ConfigureAwait(false);
        var open = await connection.ExecuteScalarAsync<long>("SELECT COUNT(*) FROM upload WHERE user_key = @user AND state = 0", new { user }).ConfigureAwait(false);
        if (open >= most) throw Fault.RateLimited(TryAgain, $"the user has {open} unfinished uploads");
    }

    /// <summary>
    /// Throws <see cref="FaultCode.TooLarge"/> when these bytes, with files stored, what unfinished uploads announced or brought, and
    /// parts that wait for their final upload, are more than <paramref name="quota"/> (0: no limit).
    /// </summary>
    public static async Task RequireBytesAsync(DbConnection connection, long user, long more, long quota)
    {
        if (quota <= 0 || more <= 0) return;
        await RequireAsync(connection, user, more, quota).ConfigureAwait(false);
    }

    /// <summary>The same without more bytes: whether what a transaction has stored by now leaves what was announced its room.</summary>
    public static async Task RequireStoredAsync(DbConnection connection, long user, long quota)
    {
        if (quota > 0) await RequireAsync(connection, user, 0, quota).ConfigureAwait(false);
    }

    private static async Task RequireAsync(DbConnection connection, long user, long more, long quota)
    {
        var stored = await LockAsync(connection, user).ConfigureAwait(false);
        var reserved = await connection.ExecuteScalarAsync<long>(
            """
            SELECT CAST(COALESCE(SUM(COALESCE(length, received)), 0) AS BIGINT) FROM upload
            WHERE user_key = @user AND ((state = 0 AND kind <> 2)
                OR (state = 1 AND kind = 1 AND NOT EXISTS (SELECT 1 FROM file_part p WHERE p.blob_id = upload.blob_id)))
            """, new { user }).ConfigureAwait(false);
        if (stored + reserved + more > quota) throw Fault.TooLarge($"the user has {stored + reserved} of {quota} bytes");
    }

    // Two uploads that begin at once do not both get the last room.
    private static Task<long> LockAsync(DbConnection connection, long user) => connection.ExecuteScalarAsync<long>(
        "UPDATE user_account SET stored_bytes = stored_bytes WHERE user_key = @user RETURNING stored_bytes", new { user });
}
