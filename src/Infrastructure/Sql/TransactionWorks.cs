using System.Data.Common;
using System.Runtime.ExceptionServices;
using Dapper;
using RooCoord.Domain;

namespace RooCoord.Infrastructure.Sql;

/// <summary>Runs the works of a batch that are statements of their own, each in a savepoint, so that an error of one takes back only its own.</summary>
internal static class TransactionWorks
{
    public static async ValueTask RunAsync(ISqlTransaction transaction, Database database, List<Work> works)
    {
        var flushed = false;
        foreach (var work in works)
        {
            if (work is not ITransactionWork statements) continue;
            if (!flushed) await transaction.FlushAsync().ConfigureAwait(false);
            flushed = true;
            await transaction.Connection.ExecuteAsync("SAVEPOINT work").ConfigureAwait(false);
            try
            {
                await statements.RunAsync(transaction).ConfigureAwait(false);
            }
            catch (Exception exception) when (!database.IsTransient(exception))
            {
                work.Fault = exception as Fault ?? new Fault(database.Classify(exception), "the database refused this", exception);
                await TakeBackAsync(transaction, exception).ConfigureAwait(false);
            }
            await transaction.Connection.ExecuteAsync("RELEASE SAVEPOINT work").ConfigureAwait(false);
        }
    }

    private static async ValueTask TakeBackAsync(ISqlTransaction transaction, Exception cause)
    {
        try
        {
            await transaction.Connection.ExecuteAsync("ROLLBACK TO SAVEPOINT work").ConfigureAwait(false);
        }
        catch (DbException)
        {
            // The error took the whole transaction with it (a lost connection, SQLite on a full disk): it is the batch's.
            ExceptionDispatchInfo.Throw(cause);
        }
    }
}
