using RooCoord.Contracts;
using RooCoord.Domain;
using RooCoord.Domain.Files;

namespace RooCoord.Application.Files;

/// <summary>
/// What follows the last byte of an upload, under its lock: hash, type, rules, scan, publishing, and then, in one transaction, the file.
/// Failing on the way (a full disk, a scanner that is away) it may be repeated: by the same chunk again, or by looking at the upload.
/// </summary>
internal sealed class CompleteUpload(
    IUploadStore uploads, IBlobStore blobs, UploadThreads threads, UploadHashes hashes, IFileScanner scanner, UploadProgressTracker progress, FileAnnouncer announcer,
    FileMeter meter, FileOptions options, Limits limits, TimeProvider time)
{
    /// <summary>Completes an upload all of whose bytes are synced.</summary>
    public async Task<Upload> RunAsync(Caller caller, Upload upload)
    {
        var length = upload.Length!.Value;
        var expiresAt = time.GetUtcNow() + options.UploadsExpireAfter;
        if (upload.Kind == UploadKind.Partial)
        {
            await threads.Syncing.RunAsync(() => blobs.Publish(upload.BlobId)).ConfigureAwait(false);
            await uploads.CompletePartAsync(upload, expiresAt).ConfigureAwait(false);
            var part = upload with { Received = length, State = UploadState.Completed, ExpiresAt = expiresAt };
            meter.Received(length - upload.Received);
            progress.Ended(caller.UserKey, part, null, UploadStates.Completed);
            return part;
        }
        return await PublishAsync(caller, upload, [new(upload.BlobId, length)], expiresAt).ConfigureAwait(false);
    }

    /// <summary>Completes a final upload of published parts.</summary>
    public Task<Upload> RunAsync(Caller caller, Upload upload, IReadOnlyList<FilePart> parts) =>
        PublishAsync(caller, upload, parts, time.GetUtcNow() + options.UploadsExpireAfter);

    private async Task<Upload> PublishAsync(Caller caller, Upload upload, IReadOnlyList<FilePart> parts, DateTimeOffset expiresAt)
    {
        var length = upload.Length!.Value;
        // Hashing may take seconds of a large file: no request's thread waits for it.
        var sha256 = length > 0 && hashes.Take(upload.Id, length) is { } running
            ? running.Finish()
            : await Task.Run(() => Contents.Hash(blobs, parts)).ConfigureAwait(false);
        var head = Contents.Head(blobs, parts, MediaTypes.HeadBytes);
        var mimeType = MediaTypes.Of(head, upload.Metadata.FileType, upload.Metadata.FileName);
        if (Refusal(head, mimeType) is { } refusal) throw await FailAsync(caller, upload, refusal).ConfigureAwait(false);
        if (await scanner.ScanAsync(parts, CancellationToken.None).ConfigureAwait(false) is { } found)
            throw await FailAsync(caller, upload, found).ConfigureAwait(false);
        await threads.Syncing.RunAsync(() =>
        {
            foreach (var part in parts) blobs.Publish(part.BlobId);
        }).ConfigureAwait(false);
        var version = new NewVersion(upload.Metadata.FileName, mimeType, length, sha256, parts, time.GetUtcNow());
        FileEntry file;
        try
        {
            file = await uploads.CompleteAsync(caller, upload, version, expiresAt, limits.UserBytes).ConfigureAwait(false);
        }
        catch (Fault fault) when (fault.Code is FaultCode.NotFound or FaultCode.Forbidden or FaultCode.TooLarge)
        {
            throw await FailAsync(caller, upload, fault).ConfigureAwait(false);
        }
        var completed = upload with { Received = length, State = UploadState.Completed, Result = new(file.Id, file.Version), ExpiresAt = expiresAt };
        // The bytes of a final one were counted with its parts.
        if (upload.Kind != UploadKind.Final) meter.Received(length - upload.Received);
        progress.Ended(caller.UserKey, completed, file.Id, UploadStates.Completed);
        await announcer.ChangedAsync(file, file.Version == 1 ? FileChanges.Created : FileChanges.Version).ConfigureAwait(false);
        return completed;
    }

    private Fault? Refusal(byte[] head, string mimeType) => MediaTypes.IsTaken(head, mimeType, options.AllowedTypes, options.DeniedTypes)
        ? null
        : new Fault(FaultCode.UnsupportedType, $"files of type {mimeType} are not taken here");

    private async Task<Fault> FailAsync(Caller caller, Upload upload, Fault fault)
    {
        await uploads.FailAsync(caller, upload, fault.Message).ConfigureAwait(false);
        progress.Ended(caller.UserKey, upload, null, UploadStates.Failed);
        return fault;
    }
}
