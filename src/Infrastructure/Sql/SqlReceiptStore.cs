using Dapper;
using RooCoord.Application.Messages;
using RooCoord.Domain.Messages;

namespace RooCoord.Infrastructure.Sql;

/// <inheritdoc cref="IReceiptStore"/>
internal sealed class SqlReceiptStore(Database database, GroupCommit commit) : IReceiptStore
{
    public async Task<IReadOnlyList<ReceiptFor>> ReadAsync(long senderKey, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenAsync(cancellationToken).ConfigureAwait(false);
        var rows = await connection.QueryAsync<(long TargetKey, string MessageId, string Device, long Seq, long State, long At, string? Reason)>(
            """
            SELECT r.target_key, r.message_id, d.id, r.seq, r.state, r.at, r.reason
            FROM receipt r JOIN device d ON d.device_key = r.target_key
            WHERE r.device_key = @senderKey ORDER BY r.at DESC, r.target_key DESC, r.seq DESC LIMIT @MaxKept
            """, new { senderKey, IReceiptStore.MaxKept }).ConfigureAwait(false);
        return [.. rows.Reverse().Select(r => new ReceiptFor(
            senderKey, r.MessageId, r.TargetKey, r.Device, r.Seq, EntryStates.Of((EntryState)r.State), DateTimeOffset.FromUnixTimeMilliseconds(r.At), r.Reason, Kept: true))];
    }

    public Task ForgetAsync(IReadOnlyList<ReceiptFor> receipts) => commit.RunAsync(async transaction =>
    {
        await transaction.ExecuteEachAsync(Delete, receipts).ConfigureAwait(false);
        await transaction.FlushAsync().ConfigureAwait(false);
        return receipts.Count;
    });

    private static readonly SqlStatement<ReceiptFor> Delete = new(
        "DELETE FROM receipt WHERE device_key = $1 AND at = $2 AND target_key = $3 AND seq = $4",
        static (p, r) =>
        {
            p.Add(r.SenderKey);
            p.Add(r.At.ToUnixTimeMilliseconds());
            p.Add(r.DeviceKey);
            p.Add(r.Seq);
        });
}
