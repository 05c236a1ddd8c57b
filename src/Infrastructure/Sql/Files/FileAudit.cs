using System.Data.Common;
using Dapper;
using RooCoord.Application;

namespace RooCoord.Infrastructure.Sql.Files;

/// <summary>Adds lines to the audit of files, inside the transaction of what they tell of.</summary>
internal static class FileAudit
{
    public static async Task AddAsync(DbConnection connection, string fileId, Caller caller, string action, long? version, DateTimeOffset at, string? detail = null)
    {
        var key = await SqlDeviceStore.NextKeyAsync(connection, "file_audit").ConfigureAwait(false);
        await connection.ExecuteAsync(
            """
            INSERT INTO file_audit (audit_key, file_id, at, actor, device, action, version, detail)
            VALUES (@key, @fileId, @at, @actor, @device, @action, @version, @detail)
            """, new { key, fileId, at = at.ToUnixTimeMilliseconds(), actor = caller.UserId, device = caller.Device?.Id, action, version, detail }).ConfigureAwait(false);
    }
}
