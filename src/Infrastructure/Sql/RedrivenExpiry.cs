using System.Globalization;
using Dapper;
using RooCoord.Application.Cluster;
using RooCoord.Application.Messages;
using RooCoord.Domain.Messages;

namespace RooCoord.Infrastructure.Sql;

/// <summary>Closes a redriven entry when its own TTL has passed and it is not in flight.</summary>
internal sealed class RedrivenExpiry(Database database, GroupCommit commit, IMailboxSignal signal, INodeBus bus, OwnNode own, TimeProvider time) : ITimerHandler
{
    /// <summary>Kind of these timers.</summary>
    public const string Kind = "redriven";
    private static readonly TimeSpan LookAgain = TimeSpan.FromSeconds(1);

    string ITimerHandler.Kind => Kind;

    public static string Subject(long device, Priority priority, long seq) => string.Create(CultureInfo.InvariantCulture, $"{device}:{(int)priority}:{seq}");

    public async Task FireAsync(string subject)
    {
        long[] parts = [.. subject.Split(':').Select(p => long.Parse(p, CultureInfo.InvariantCulture))];
        var entry = new ExpiringEntry(parts[0], parts[1], parts[2]);
        var now = time.GetUtcNow().ToUnixTimeMilliseconds();
        var receipts = await commit.RunAloneAsync(async transaction =>
        {
            var open = await ExpiringEntry.OpenAsync(transaction, [entry]).ConfigureAwait(false);
            var nodes = await ExpiringEntry.LockAsync(transaction, open, database).ConfigureAwait(false);
            var elsewhere = bus.IsCluster ? ExpiringEntry.Elsewhere(open, nodes, own.Key) : [];
            foreach (var (_, node) in elsewhere) bus.Post(node, new EntriesDue([new(entry.Device, entry.Priority, entry.Seq)]));
            if (elsewhere.Count > 0 || signal.InFlightSince(entry.Device, entry.Seq) is not null)
            {
                await transaction.Connection.ExecuteAsync(
                    "UPDATE timer SET due_at = @at WHERE kind = @Kind AND subject = @subject", new { at = now + (long)LookAgain.TotalMilliseconds, Kind, subject }).ConfigureAwait(false);
                return [];
            }
            var told = await ExpiringEntry.CloseAsync(transaction, [entry], now).ConfigureAwait(false);
            await transaction.Connection.ExecuteAsync("DELETE FROM timer WHERE kind = @Kind AND subject = @subject", new { Kind, subject }).ConfigureAwait(false);
            return told.Receipts;
        }).ConfigureAwait(false);
        if (receipts.Count > 0) signal.Receipts(receipts);
    }
}
