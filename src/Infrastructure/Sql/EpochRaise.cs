using System.Data.Common;
using Dapper;
using RooCoord.Domain.Messages;

namespace RooCoord.Infrastructure.Sql;

/// <summary>After a restore from backup: every mailbox goes on in the next epoch, so that no seq given out after the backup is given out again.</summary>
internal static class EpochRaise
{
    public static Task<int> RunAsync(DbConnection connection) => connection.ExecuteAsync(
        $"UPDATE mailbox SET head = ((head >> {MailboxCursor.EpochShift}) + 1) << {MailboxCursor.EpochShift}");
}
