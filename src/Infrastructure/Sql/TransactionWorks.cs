using Dapper;
using RooCoord.Domain;

namespace RooCoord.Infrastructure.Sql;

/// <summary>Runs the works of a batch that are statements of their own, each in a savepoint, so that a fault of one takes back only its own.</summary>
internal static class TransactionWorks
{
    public static async ValueTask RunAsync(ISqlTransaction transaction, List<Work> works)
    {
        var flushed = false;
        foreach (var work in works)
        {
            if (work is not TransactionWork statements) continue;
            if (!flushed) await transaction.FlushAsync().ConfigureAwait(false);
            flushed = true;
            await transaction.Connection.ExecuteAsync("SAVEPOINT work").ConfigureAwait(false);
            try
            {
                await statements.RunAsync(transaction).ConfigureAwait(false);
            }
            catch (Fault fault)
            {
                work.Fault = fault;
                await transaction.Connection.ExecuteAsync("ROLLBACK TO SAVEPOINT work").ConfigureAwait(false);
            }
            await transaction.Connection.ExecuteAsync("RELEASE SAVEPOINT work").ConfigureAwait(false);
        }
    }
}
