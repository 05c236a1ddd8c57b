using System.Data.Common;
using Dapper;
using RooCoord.Application;
using RooCoord.Domain;
using RooCoord.Domain.Files;

namespace RooCoord.Infrastructure.Sql.Files;

/// <summary>Takes a file for a change: what is decided of it then holds until the transaction ends, on every node.</summary>
internal static class FileLock
{
    /// <summary>The file as it is now; throws <see cref="FaultCode.NotFound"/>, <see cref="FaultCode.Forbidden"/>.</summary>
    public static async Task<FileEntry> TakeAsync(DbConnection connection, Caller caller, string id, FileRole role, DateTimeOffset now)
    {
        await connection.ExecuteAsync("UPDATE file SET revision = revision WHERE id = @id", new { id }).ConfigureAwait(false);
        return (await FileRow.FindAsync(connection, caller.UserKey, id, now).ConfigureAwait(false) ?? throw Fault.NotFound("file")).Require(role);
    }
}
