using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using RooCoord.Contracts;
using RooCoord.Domain;
using RooCoord.Domain.Files;

namespace RooCoord.Application.Files;

/// <summary>
/// At the start cuts what crashed back to what is committed. Then, again and again and on one node at a time, completes uploads whose
/// bytes are all there but whose completion was interrupted, and forgets those whose time is over.
/// </summary>
internal sealed partial class UploadSweeper(
    IUploadStore uploads, IBlobStore blobs, IUploadLocks locks, CompleteUpload completion, UploadHashes hashes, UploadProgressTracker progress, ILeases leases, FileOptions options,
    TimeProvider time, ILogger<UploadSweeper> logger) : BackgroundService
{
    private const string Lease = "uploads";
    private const int Page = 200;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await CutBackAsync(stoppingToken).ConfigureAwait(false);
        using var timer = new PeriodicTimer(options.SweepInterval, time);
        while (await timer.WaitForNextTickAsync(stoppingToken).ConfigureAwait(false))
        {
            try
            {
                if (await leases.TryHoldAsync(Lease, 3 * options.SweepInterval).ConfigureAwait(false) is not null) await SweepAsync(stoppingToken).ConfigureAwait(false);
            }
            catch (Exception exception) when (exception is not OperationCanceledException)
            {
                LogFailed(logger, exception);
            }
        }
    }

    /// <summary>One round.</summary>
    public async Task SweepAsync(CancellationToken cancellationToken)
    {
        foreach (var (caller, upload) in await uploads.InterruptedAsync(Page, cancellationToken).ConfigureAwait(false))
        {
            cancellationToken.ThrowIfCancellationRequested();
            await CompleteAsync(caller, upload.Id, cancellationToken).ConfigureAwait(false);
        }
        while (true)
        {
            var expired = await uploads.ExpiredAsync(time.GetUtcNow(), Page, cancellationToken).ConfigureAwait(false);
            foreach (var upload in expired)
            {
                cancellationToken.ThrowIfCancellationRequested();
                // Bytes that came in this moment have put it off.
                if (!await uploads.ExpireAsync(upload).ConfigureAwait(false)) continue;
                hashes.Forget(upload.Id);
                if (upload.State == UploadState.Uploading) progress.Ended(upload.UserKey, upload, null, UploadStates.Cancelled);
            }
            if (expired.Count < Page) return;
        }
    }

    // Bytes behind the committed ones are nobody's: their request ended with the process that received it.
    private async Task CutBackAsync(CancellationToken cancellationToken)
    {
        IReadOnlyList<Upload> page;
        for (var after = 0L; ; after = page[^1].Key)
        {
            try
            {
                page = await uploads.UnfinishedAsync(after, Page, cancellationToken).ConfigureAwait(false);
            }
            catch (Exception exception) when (exception is not OperationCanceledException)
            {
                LogFailed(logger, exception);
                return;
            }
            foreach (var upload in page) await CutBackAsync(upload, cancellationToken).ConfigureAwait(false);
            if (page.Count < Page) return;
        }
    }

    private async Task CutBackAsync(Upload found, CancellationToken cancellationToken)
    {
        try
        {
            if (Length(found) <= found.Received) return;
            await using var held = await locks.LookAsync(found.UserKey, found.Id, cancellationToken).ConfigureAwait(false);
            if (await uploads.FindAsync(found.UserKey, found.Id, cancellationToken).ConfigureAwait(false) is { IsWhole: false, State: UploadState.Uploading } upload)
                blobs.OpenWrite(upload.BlobId, upload.Received).Dispose();
        }
        catch (Exception exception) when (exception is not OperationCanceledException)
        {
            // It is cut back when it goes on.
            if (exception is not Fault { Code: FaultCode.Locked or FaultCode.NotFound }) LogNotCutBack(logger, exception, found.Id);
        }
    }

    private long Length(Upload upload)
    {
        using var blob = blobs.OpenRead(upload.BlobId);
        return blob.Length;
    }

    private async Task CompleteAsync(Caller caller, string id, CancellationToken cancellationToken)
    {
        try
        {
            await using var held = await locks.LookAsync(caller.UserKey, id, cancellationToken).ConfigureAwait(false);
            // As it stands now that nobody else has it.
            var upload = await uploads.FindAsync(caller.UserKey, id, cancellationToken).ConfigureAwait(false);
            if (upload is { IsWhole: true, State: UploadState.Uploading }) await completion.RunAsync(caller, upload).ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is not OperationCanceledException)
        {
            if (exception is not Fault { Code: FaultCode.Locked }) LogNotCompleted(logger, exception, id);
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "Uploads were not swept; tried again in the next round")]
    private static partial void LogFailed(ILogger logger, Exception exception);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The upload {Upload} was not cut back to what is committed of it")]
    private static partial void LogNotCutBack(ILogger logger, Exception exception, string upload);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The upload {Upload} has all its bytes but was not completed; tried again until it expires")]
    private static partial void LogNotCompleted(ILogger logger, Exception exception, string upload);
}
