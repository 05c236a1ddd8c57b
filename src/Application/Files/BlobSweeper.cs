using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace RooCoord.Application.Files;

/// <summary>
/// Deletes blobs that nothing names any more: those noted when what named them went, and, more seldom, those on the disk that the
/// database knows nothing of. One node at a time does it.
/// </summary>
internal sealed partial class BlobSweeper(
    IBlobRecords records, IBlobStore blobs, ILeases leases, FileMeter meter, FileOptions options, TimeProvider time, ILogger<BlobSweeper> logger) : BackgroundService
{
    private const string Lease = "blobs";
    private const int Page = 500;
    // So many that it is rather the wrong database, or an old one, than a crash now and then.
    private const int SuspiciouslyMany = 1_000;

    private DateTimeOffset _orphansAt;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(options.SweepInterval, time);
        _orphansAt = time.GetUtcNow() + options.OrphanInterval;
        while (await timer.WaitForNextTickAsync(stoppingToken).ConfigureAwait(false))
        {
            try
            {
                if (await leases.TryHoldAsync(Lease, 3 * options.SweepInterval).ConfigureAwait(false) is null) continue;
                await SweepNotedAsync(stoppingToken).ConfigureAwait(false);
                if (time.GetUtcNow() < _orphansAt) continue;
                _orphansAt = time.GetUtcNow() + options.OrphanInterval;
                await Task.Run(() => SweepOrphansAsync(stoppingToken), stoppingToken).ConfigureAwait(false);
            }
            catch (Exception exception) when (exception is not OperationCanceledException)
            {
                LogFailed(logger, exception);
            }
        }
    }

    /// <summary>Deletes what was noted and nothing names.</summary>
    public async Task SweepNotedAsync(CancellationToken cancellationToken)
    {
        for (var after = ""; ;)
        {
            var noted = await records.NotedAsync(after, Page, cancellationToken).ConfigureAwait(false);
            string[] done = [.. noted.Where(n => n.IsNamed || TryDelete(n.Id)).Select(n => n.Id)];
            if (done.Length > 0) await records.ForgetAsync(done).ConfigureAwait(false);
            if (noted.Count < Page) return;
            after = noted[^1].Id;
        }
    }

    /// <summary>Deletes what has lain on the disk for long and nothing names.</summary>
    public async Task SweepOrphansAsync(CancellationToken cancellationToken)
    {
        blobs.RequireFolder();
        var orphans = new List<string>();
        var seen = 0;
        foreach (var page in blobs.WrittenBefore(time.GetUtcNow() - options.OrphansAfter).Chunk(Page))
        {
            seen += page.Length;
            orphans.AddRange(await records.UnknownAsync(page, cancellationToken).ConfigureAwait(false));
        }
        if (orphans.Count > SuspiciouslyMany && orphans.Count > seen / 2)
        {
            LogSuspicious(logger, orphans.Count, seen);
            return;
        }
        var deleted = orphans.Count(TryDelete);
        if (deleted > 0) LogOrphans(logger, deleted);
    }

    private bool TryDelete(string blobId)
    {
        try
        {
            blobs.Delete(blobId);
            meter.Deleted();
            return true;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            LogNotDeleted(logger, exception, blobId);
            return false;
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "Blobs were not swept; tried again in the next round")]
    private static partial void LogFailed(ILogger logger, Exception exception);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The blob {Blob} was not deleted; tried again in the next round")]
    private static partial void LogNotDeleted(ILogger logger, Exception exception, string blob);

    [LoggerMessage(Level = LogLevel.Information, Message = "Deleted {Count} blobs that nothing named")]
    private static partial void LogOrphans(ILogger logger, int count);

    [LoggerMessage(Level = LogLevel.Error, Message = "The database knows nothing of {Count} of {Seen} blobs: is it the one they belong to? Nothing was deleted")]
    private static partial void LogSuspicious(ILogger logger, int count, int seen);
}
