using Dapper;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using RooCoord.Application.Messages;

namespace RooCoord.Infrastructure.Sql;

/// <summary>
/// Closes entries whose TTL passed while they were not in flight. Walks messages in the order of their expiry, from the
/// beginning after a start: what was in flight when the process died is not any more.
/// </summary>
internal sealed partial class ExpirySweeper(GroupCommit commit, IMailboxSignal signal, TimeProvider time, ILogger<ExpirySweeper> logger) : BackgroundService
{
    private const int MaxMessages = 200;
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(500);

    private (long At, long Key) _reached;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Interval, time);
        while (await timer.WaitForNextTickAsync(stoppingToken).ConfigureAwait(false))
        {
            try
            {
                while (await SweepAsync(time.GetUtcNow().ToUnixTimeMilliseconds()).ConfigureAwait(false)) stoppingToken.ThrowIfCancellationRequested();
            }
            catch (Exception exception) when (exception is not OperationCanceledException)
            {
                LogFailed(logger, exception);
            }
        }
    }

    /// <summary>One small transaction; true when there may be more.</summary>
    private async Task<bool> SweepAsync(long now)
    {
        var (from, reached) = (_reached, _reached);
        var count = await commit.RunAsync(async transaction =>
        {
            var connection = transaction.Connection;
            var messages = (await connection.QueryAsync<(long Key, long ExpiresAt, long Priority, string Deliveries)>(
                """
                SELECT message_key, expires_at, priority, deliveries FROM message
                WHERE expires_at <= @now AND expires_at >= @At AND (expires_at > @At OR message_key > @Key)
                ORDER BY expires_at, message_key LIMIT @MaxMessages
                """, new { now, from.At, from.Key, MaxMessages }).ConfigureAwait(false)).AsList();
            foreach (var message in messages)
            {
                foreach (var (device, seq) in DeliveryList.Parse(message.Deliveries))
                    if (seq is { } at && !signal.IsInFlight(device, at)) await ExpireAsync(transaction, device, message.Priority, at, now).ConfigureAwait(false);
                reached = (message.ExpiresAt, message.Key);
            }
            return messages.Count;
        }).ConfigureAwait(false);
        _reached = reached;
        return count == MaxMessages;
    }

    private static async Task ExpireAsync(ISqlTransaction transaction, long device, long priority, long seq, long now)
    {
        var closed = await transaction.Connection.ExecuteAsync(
            """
            UPDATE entry SET state = 4, settled_at = @now
            WHERE device_key = @device AND priority = @priority AND seq = @seq AND (state = 1 OR (state = 0 AND seq > (
                SELECT CASE @priority WHEN 0 THEN acked_low WHEN 1 THEN acked_normal WHEN 2 THEN acked_high ELSE acked_critical END
                FROM mailbox WHERE device_key = @device)))
            """, new { device, priority, seq, now }).ConfigureAwait(false);
        if (closed > 0)
            await transaction.Connection.ExecuteAsync("UPDATE mailbox SET open_entries = open_entries - 1 WHERE device_key = @device", new { device }).ConfigureAwait(false);
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "Expired messages were not swept; tried again shortly")]
    private static partial void LogFailed(ILogger logger, Exception exception);
}
