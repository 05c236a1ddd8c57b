using Dapper;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using RooCoord.Application.Messages;

namespace RooCoord.Infrastructure.Sql;

/// <summary>
/// Closes entries whose TTL passed while they were not in flight: after a start, or when the clock was set back, all that are open
/// and past it, then messages in the order of their expiry.
/// </summary>
internal sealed partial class ExpirySweeper(
    Database database, GroupCommit commit, IMailboxSignal signal, TimerWake timers, TimeProvider time, ILogger<ExpirySweeper> logger) : BackgroundService
{
    private const int MaxMessages = 200;
    private const int MaxEntries = 1_000;
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(500);

    private (long At, long Key) _reached;
    // In flight when their time came: looked at again until they are not.
    private HashSet<ExpiringEntry> _inFlight = [];

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Interval, time);
        await SweepOpenAsync(stoppingToken).ConfigureAwait(false);
        while (await timer.WaitForNextTickAsync(stoppingToken).ConfigureAwait(false))
        {
            try
            {
                // The clock was set back, and since then messages may have ended before the time already reached.
                if (time.GetUtcNow().ToUnixTimeMilliseconds() < _reached.At) await SweepOpenAsync(stoppingToken).ConfigureAwait(false);
                while (await SweepAsync(time.GetUtcNow().ToUnixTimeMilliseconds()).ConfigureAwait(false)) stoppingToken.ThrowIfCancellationRequested();
            }
            catch (Exception exception) when (exception is not OperationCanceledException)
            {
                LogFailed(logger, exception);
            }
        }
    }

    // What was in flight, or due, when the process before this one ended. As many reads as there are mailboxes with something open.
    private async Task SweepOpenAsync(CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow().ToUnixTimeMilliseconds();
        try
        {
            _reached = (now, 0);
            await using var connection = await database.OpenAsync(cancellationToken).ConfigureAwait(false);
            foreach (var device in (await connection.QueryAsync<long>("SELECT device_key FROM mailbox WHERE open_entries > 0").ConfigureAwait(false)).AsList())
            {
                cancellationToken.ThrowIfCancellationRequested();
                var due = (await connection.QueryAsync<(long Priority, long Seq)>(ExpiringEntry.SelectOpen, new { device, now }).ConfigureAwait(false)).AsList();
                foreach (var part in due.Chunk(MaxEntries))
                {
                    _inFlight.UnionWith(part.Select(e => new ExpiringEntry(device, e.Priority, e.Seq)));
                    await SweepAsync(now).ConfigureAwait(false);
                }
            }
        }
        catch (Exception exception) when (exception is not OperationCanceledException)
        {
            // From the beginning then, message by message.
            _reached = default;
            LogFailed(logger, exception);
        }
    }

    /// <summary>One small transaction; true when there may be more.</summary>
    private async Task<bool> SweepAsync(long now)
    {
        var swept = await commit.RunAsync(transaction => SweepAsync(transaction, now)).ConfigureAwait(false);
        (_reached, _inFlight) = (swept.Reached, swept.InFlight);
        if (swept.Receipts.Count > 0) signal.Receipts(swept.Receipts);
        if (swept.Closed) timers.Wake();
        return swept.More;
    }

    private async Task<Swept> SweepAsync(ISqlTransaction transaction, long now)
    {
        var from = _reached;
        var messages = (await transaction.Connection.QueryAsync<(long Key, long ExpiresAt, long Priority, string Deliveries, string Later)>(
            """
            SELECT message_key, expires_at, priority, deliveries,
                   COALESCE((SELECT string_agg(s.deliveries, ' ') FROM route_step s WHERE s.message_key = message.message_key AND s.at_send = 0), '')
            FROM message
            WHERE expires_at <= @now AND expires_at >= @At AND (expires_at > @At OR message_key > @Key)
            ORDER BY expires_at, message_key LIMIT @MaxMessages
            """, new { now, from.At, from.Key, MaxMessages }).ConfigureAwait(false)).AsList();
        var due = new List<ExpiringEntry>(_inFlight);
        var (reached, taken) = (from, 0);
        foreach (var message in messages)
        {
            if (due.Count >= MaxEntries) break;
            due.AddRange(DeliveryList.Parse($"{message.Deliveries} {message.Later}").Where(d => d.Seq is not null)
                .Select(d => new ExpiringEntry(d.Device, message.Priority, d.Seq!.Value)));
            reached = (message.ExpiresAt, message.Key);
            taken++;
        }
        var inFlight = due.Where(e => signal.InFlightSince(e.Device, e.Seq) is not null).ToHashSet();
        var (closed, receipts) = await ExpiringEntry.CloseAsync(transaction, [.. due.Where(e => !inFlight.Contains(e))], now).ConfigureAwait(false);
        return new(reached, inFlight, receipts, closed > 0, taken < messages.Count || messages.Count == MaxMessages);
    }

    private sealed record Swept((long At, long Key) Reached, HashSet<ExpiringEntry> InFlight, IReadOnlyList<ReceiptFor> Receipts, bool Closed, bool More);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Expired messages were not swept; tried again shortly")]
    private static partial void LogFailed(ILogger logger, Exception exception);
}
