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
    private const int MaxEntries = 1_000;
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(500);

    private (long At, long Key) _reached;
    // In flight when their time came: looked at again until they are not.
    private HashSet<Expiring> _inFlight = [];

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
        // After the clock was set back, messages may end before the time already reached.
        var from = _reached.At > now ? (At: now, Key: 0L) : _reached;
        var (reached, inFlight, more) = await commit.RunAsync(async transaction =>
        {
            var end = from;
            var waiting = new HashSet<Expiring>();
            foreach (var entry in _inFlight) await ExpireUnlessInFlightAsync(transaction, entry, now, waiting).ConfigureAwait(false);
            var messages = (await transaction.Connection.QueryAsync<(long Key, long ExpiresAt, long Priority, string Deliveries)>(
                """
                SELECT message_key, expires_at, priority, deliveries FROM message
                WHERE expires_at <= @now AND expires_at >= @At AND (expires_at > @At OR message_key > @Key)
                ORDER BY expires_at, message_key LIMIT @MaxMessages
                """, new { now, from.At, from.Key, MaxMessages }).ConfigureAwait(false)).AsList();
            var entries = 0;
            foreach (var message in messages)
            {
                if (entries >= MaxEntries) return (end, waiting, true);
                foreach (var (device, seq) in DeliveryList.Parse(message.Deliveries))
                {
                    entries++;
                    if (seq is { } at) await ExpireUnlessInFlightAsync(transaction, new(device, message.Priority, at), now, waiting).ConfigureAwait(false);
                }
                end = (message.ExpiresAt, message.Key);
            }
            return (end, waiting, messages.Count == MaxMessages);
        }).ConfigureAwait(false);
        (_reached, _inFlight) = (reached, inFlight);
        return more;
    }

    private async Task ExpireUnlessInFlightAsync(ISqlTransaction transaction, Expiring entry, long now, HashSet<Expiring> inFlight)
    {
        if (signal.IsInFlight(entry.Device, entry.Seq)) inFlight.Add(entry);
        else await ExpireAsync(transaction, entry.Device, entry.Priority, entry.Seq, now).ConfigureAwait(false);
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

    private readonly record struct Expiring(long Device, long Priority, long Seq);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Expired messages were not swept; tried again shortly")]
    private static partial void LogFailed(ILogger logger, Exception exception);
}
