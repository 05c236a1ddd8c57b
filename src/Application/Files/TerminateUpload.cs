using MediatR;
using RooCoord.Contracts;
using RooCoord.Domain;
using RooCoord.Domain.Files;

namespace RooCoord.Application.Files;

/// <summary>Forgets an upload (tus termination); the file it became stays.</summary>
public sealed record TerminateUpload(Caller Caller, string UploadId) : IRequest;

internal sealed class TerminateUploadHandler(
    IUploadStore uploads, IUploadLocks locks, UploadHashes hashes, UploadProgressTracker progress) : AsyncRequestHandler<TerminateUpload>
{
    protected override async Task Handle(TerminateUpload request, CancellationToken cancellationToken)
    {
        await using var held = await locks.TakeAsync(request.Caller.UserKey, request.UploadId, cancellationToken).ConfigureAwait(false);
        var upload = await uploads.FindAsync(request.Caller.UserKey, request.UploadId, cancellationToken).ConfigureAwait(false) ?? throw Fault.NotFound("upload");
        await uploads.RemoveAsync(upload).ConfigureAwait(false);
        hashes.Forget(upload.Id);
        if (upload.State == UploadState.Uploading) progress.Ended(request.Caller.UserKey, upload, null, UploadStates.Cancelled);
    }
}
