using Dapper;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace RooCoord.Infrastructure.Sql;

/// <summary>
/// Forgets what is settled and old enough, or too much, oldest first, in transactions of a few hundred rows between those of
/// the senders. One node at a time does it. What is open when its turn comes is passed over and looked at again in a later round.
/// </summary>
internal sealed partial class RetentionSweeper(
    Database database, GroupCommit commit, Leases leases, RetentionOptions options, TimeProvider time, ILogger<RetentionSweeper> logger) : BackgroundService
{
    private const string Lease = "retention";
    private const int MaxMessages = 200;
    private static readonly TimeSpan RestInterval = TimeSpan.FromHours(1);
    private static readonly TimeSpan KeepSessions = TimeSpan.FromDays(7);
    private static readonly TimeSpan KeepReceipts = TimeSpan.FromDays(7);

    // Where stripping has come to; what is behind it and was open waits for its age.
    private long _stripped;
    private DateTimeOffset _restAt;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(options.Interval, time);
        while (await timer.WaitForNextTickAsync(stoppingToken).ConfigureAwait(false))
        {
            try
            {
                if (await leases.TryHoldAsync(Lease, 3 * options.Interval).ConfigureAwait(false) is not null) await SweepAsync(stoppingToken).ConfigureAwait(false);
            }
            catch (Exception exception) when (exception is not OperationCanceledException)
            {
                LogFailed(logger, exception);
            }
        }
    }

    private async Task SweepAsync(CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        var aged = (now - options.Age).ToUnixTimeMilliseconds();
        await WalkAsync(0, long.MaxValue, m => m.SentAt < aged, stopEarly: true, MessageRemoval.ForgetAsync, cancellationToken).ConfigureAwait(false);
        if (options.Messages > 0 && await OldestToKeepAsync(cancellationToken).ConfigureAwait(false) is { } oldest)
            _stripped = await WalkAsync(_stripped, oldest, m => !m.IsStripped, stopEarly: false, MessageRemoval.StripAsync, cancellationToken).ConfigureAwait(false);
        if (now < _restAt) return;
        _restAt = now + RestInterval;
        await commit.RunAsync(transaction => SweepRestAsync(transaction, now)).ConfigureAwait(false);
    }

    // Walks messages in the order of their keys, which is nearly that of their times; returns where it came to.
    private async Task<long> WalkAsync(
        long after, long end, Func<StoredMessage, bool> wanted, bool stopEarly, Func<ISqlTransaction, IReadOnlyList<StoredMessage>, Task> remove, CancellationToken cancellationToken)
    {
        while (true)
        {
            cancellationToken.ThrowIfCancellationRequested();
            List<StoredMessage> page;
            await using (var connection = await database.OpenAsync(cancellationToken).ConfigureAwait(false))
            {
                page = (await connection.QueryAsync<StoredMessage>(
                    $"{StoredMessage.Select} WHERE message_key > @after AND message_key < @end ORDER BY message_key LIMIT @MaxMessages",
                    new { after, end, MaxMessages }).ConfigureAwait(false)).AsList();
            }
            StoredMessage[] found = [.. page.Where(wanted)];
            if (page.Count == 0 || (stopEarly && found.Length == 0)) return after;
            after = page[^1].MessageKey;
            if (found.Length == 0) continue;
            var keepDead = (time.GetUtcNow() - options.DeadLetters).ToUnixTimeMilliseconds();
            await commit.RunAsync(async transaction =>
            {
                var settled = await MessageRemoval.SettledAsync(transaction, database, found, keepDead).ConfigureAwait(false);
                await remove(transaction, settled).ConfigureAwait(false);
                return settled.Count;
            }).ConfigureAwait(false);
        }
    }

    private async Task<long?> OldestToKeepAsync(CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenAsync(cancellationToken).ConfigureAwait(false);
        return await connection.ExecuteScalarAsync<long?>(
            "SELECT message_key FROM message ORDER BY message_key DESC LIMIT 1 OFFSET @last", new { last = options.Messages - 1 }).ConfigureAwait(false);
    }

    private static async Task<int> SweepRestAsync(ISqlTransaction transaction, DateTimeOffset now)
    {
        var connection = transaction.Connection;
        var sessions = (now - KeepSessions).ToUnixTimeMilliseconds();
        await connection.ExecuteAsync("DELETE FROM session WHERE ended_at < @sessions", new { sessions }).ConfigureAwait(false);
        await connection.ExecuteAsync("DELETE FROM refresh_token WHERE expires_at < @sessions", new { sessions }).ConfigureAwait(false);
        await connection.ExecuteAsync("DELETE FROM receipt WHERE at < @at", new { at = (now - KeepReceipts).ToUnixTimeMilliseconds() }).ConfigureAwait(false);
        return await connection.ExecuteAsync(
            """
            DELETE FROM receipt WHERE device_key IN (SELECT device_key FROM receipt GROUP BY device_key HAVING COUNT(*) > @MaxKept)
              AND at < (SELECT r.at FROM receipt r WHERE r.device_key = receipt.device_key ORDER BY r.at DESC LIMIT 1 OFFSET @MaxKept)
            """, new { Application.Messages.IReceiptStore.MaxKept }).ConfigureAwait(false);
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "Old messages were not swept; tried again in the next round")]
    private static partial void LogFailed(ILogger logger, Exception exception);
}
