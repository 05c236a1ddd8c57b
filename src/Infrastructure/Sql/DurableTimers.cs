using Dapper;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace RooCoord.Infrastructure.Sql;

/// <summary>Looks for due timers four times a second, and when woken.</summary>
internal sealed partial class DurableTimers(
    Database database, TimerWake wake, IEnumerable<ITimerHandler> handlers, TimeProvider time, ILogger<DurableTimers> logger) : BackgroundService
{
    private const int MaxAtOnce = 256;
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(250);

    private readonly Dictionary<string, ITimerHandler> _handlers = handlers.ToDictionary(h => h.Kind, StringComparer.Ordinal);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Interval, time);
        var tick = timer.WaitForNextTickAsync(stoppingToken).AsTask();
        var woken = wake.WaitAsync(stoppingToken);
        while (true)
        {
            if (await Task.WhenAny(tick, woken).ConfigureAwait(false) == tick)
            {
                if (!await tick.ConfigureAwait(false)) return;
                tick = timer.WaitForNextTickAsync(stoppingToken).AsTask();
            }
            if (woken.IsCompleted)
            {
                await woken.ConfigureAwait(false);
                woken = wake.WaitAsync(stoppingToken);
            }
            try
            {
                while (await FireDueAsync(stoppingToken).ConfigureAwait(false)) stoppingToken.ThrowIfCancellationRequested();
            }
            catch (Exception exception) when (exception is not OperationCanceledException)
            {
                LogFailed(logger, exception);
            }
        }
    }

    // True when there may be more.
    private async Task<bool> FireDueAsync(CancellationToken cancellationToken)
    {
        List<(string Kind, string Subject)> due;
        await using (var connection = await database.OpenAsync(cancellationToken).ConfigureAwait(false))
        {
            due = (await connection.QueryAsync<(string, string)>(
                "SELECT kind, subject FROM timer WHERE due_at <= @now ORDER BY due_at LIMIT @MaxAtOnce",
                new { now = time.GetUtcNow().ToUnixTimeMilliseconds(), MaxAtOnce }).ConfigureAwait(false)).AsList();
        }
        // A kind this version does not know is a newer node's to handle.
        await Task.WhenAll(due.Where(t => _handlers.ContainsKey(t.Kind)).Select(t => _handlers[t.Kind].FireAsync(t.Subject))).ConfigureAwait(false);
        return due.Count == MaxAtOnce && due.TrueForAll(t => _handlers.ContainsKey(t.Kind));
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "Due timers were not handled; tried again shortly")]
    private static partial void LogFailed(ILogger logger, Exception exception);
}
