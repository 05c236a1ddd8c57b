using System.Diagnostics;
using Dapper;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace RooCoord.Infrastructure.Sql;

/// <summary>Measures the difference to PostgreSQL's clock, before anything else starts and then every half minute.</summary>
internal sealed partial class DatabaseTimeSync(Database database, DatabaseTime clock, ILogger<DatabaseTimeSync> logger) : BackgroundService, IHostedLifecycleService
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(30);
    // Smaller ones are left alone: a clock that keeps jumping a little is worse than one a little off.
    private static readonly TimeSpan Tolerated = TimeSpan.FromMilliseconds(50);
    private const int Samples = 3;

    public async Task StartingAsync(CancellationToken cancellationToken)
    {
        try { await MeasureAsync(cancellationToken).ConfigureAwait(false); }
        catch (System.Data.Common.DbException exception) { LogNotMeasured(logger, exception); }
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Interval);
        while (await timer.WaitForNextTickAsync(stoppingToken).ConfigureAwait(false))
        {
            try { await MeasureAsync(stoppingToken).ConfigureAwait(false); }
            catch (Exception exception) when (exception is not OperationCanceledException) { LogNotMeasured(logger, exception); }
        }
    }

    // The sample with the shortest way says most.
    private async Task MeasureAsync(CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenAsync(cancellationToken).ConfigureAwait(false);
        var (difference, shortest) = (TimeSpan.Zero, TimeSpan.MaxValue);
        for (var i = 0; i < Samples; i++)
        {
            var (began, own) = (Stopwatch.GetTimestamp(), TimeProvider.System.GetUtcNow());
            var theirs = await connection.ExecuteScalarAsync<double>("SELECT EXTRACT(EPOCH FROM clock_timestamp())::float8").ConfigureAwait(false);
            var took = Stopwatch.GetElapsedTime(began);
            if (took >= shortest) continue;
            (difference, shortest) = (DateTimeOffset.UnixEpoch.AddSeconds(theirs) - (own + took / 2), took);
        }
        if ((difference - clock.Difference).Duration() <= Tolerated + shortest / 2) return;
        LogAdjusted(logger, difference);
        clock.Difference = difference;
    }

    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    [LoggerMessage(Level = LogLevel.Information, Message = "The database's clock is {Difference} ahead of this machine's; the database's counts")]
    private static partial void LogAdjusted(ILogger logger, TimeSpan difference);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The database's clock could not be read")]
    private static partial void LogNotMeasured(ILogger logger, Exception exception);
}
