using Dapper;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using RooCoord.Application.Cluster;

namespace RooCoord.Infrastructure.Sql;

/// <summary>Looks for due timers: one node four times a second, and each when woken. What a timer begins is decided under locks, so two nodes may.</summary>
internal sealed partial class DurableTimers(
    Database database, GroupCommit commit, TimerWake wake, IEnumerable<ITimerHandler> handlers, Leases leases, INodeBus bus, TimeProvider time, ILogger<DurableTimers> logger)
    : BackgroundService
{
    private const int MaxAtOnce = 256;
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(250);
    // A timer that cannot be handled must not stand in the way of the others.
    private static readonly TimeSpan Postponed = TimeSpan.FromSeconds(5);

    private readonly Leadership _leadership = new("timers", leases, bus);
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
            var isWoken = woken.IsCompleted;
            if (isWoken)
            {
                await woken.ConfigureAwait(false);
                woken = wake.WaitAsync(stoppingToken);
            }
            try
            {
                if (!isWoken && !await _leadership.IsOursAsync().ConfigureAwait(false)) continue;
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
                // A kind this version does not know is a newer node's to handle.
                $"SELECT kind, subject FROM timer WHERE due_at <= @now AND kind IN ({string.Join(", ", _handlers.Keys.Select(k => $"'{k}'"))}) ORDER BY due_at LIMIT @MaxAtOnce",
                new { now = time.GetUtcNow().ToUnixTimeMilliseconds(), MaxAtOnce }).ConfigureAwait(false)).AsList();
        }
        await Task.WhenAll(due.Select(FireAsync)).ConfigureAwait(false);
        return due.Count == MaxAtOnce;
    }

    private async Task FireAsync((string Kind, string Subject) timer)
    {
        try { await _handlers[timer.Kind].FireAsync(timer.Subject).ConfigureAwait(false); }
        catch (Exception exception)
        {
            LogFailed(logger, exception);
            var at = (time.GetUtcNow() + Postponed).ToUnixTimeMilliseconds();
            await commit.RunAsync(transaction => transaction.Connection.ExecuteAsync(
                "UPDATE timer SET due_at = @at WHERE kind = @Kind AND subject = @Subject", new { at, timer.Kind, timer.Subject })).ConfigureAwait(false);
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "A due timer was not handled; tried again shortly")]
    private static partial void LogFailed(ILogger logger, Exception exception);
}
