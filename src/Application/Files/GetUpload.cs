using MediatR;
using RooCoord.Domain;
using RooCoord.Domain.Files;

namespace RooCoord.Application.Files;

/// <summary>When an unfinished upload of the caller is forgotten, or null; told beside a refusal, and so without the upload's lock.</summary>
public sealed record GetUploadExpiry(Caller Caller, string Id) : IRequest<DateTimeOffset?>;

internal sealed class GetUploadExpiryHandler(IUploadStore uploads) : IRequestHandler<GetUploadExpiry, DateTimeOffset?>
{
    public async Task<DateTimeOffset?> Handle(GetUploadExpiry request, CancellationToken cancellationToken) =>
        await uploads.FindAsync(request.Caller.UserKey, request.Id, cancellationToken).ConfigureAwait(false) is { State: UploadState.Uploading } upload ? upload.ExpiresAt : null;
}

/// <summary>Where an upload stands (tus <c>HEAD</c>), once nobody is writing to it. One whose last step failed is completed first.</summary>
public sealed record GetUpload(Caller Caller, string UploadId) : IRequest<Upload>;

internal sealed class GetUploadHandler(IUploadStore uploads, IUploadLocks locks, CompleteUpload completion, TimeProvider time) : IRequestHandler<GetUpload, Upload>
{
    public async Task<Upload> Handle(GetUpload request, CancellationToken cancellationToken)
    {
        await using var held = await locks.LookAsync(request.Caller.UserKey, request.UploadId, cancellationToken).ConfigureAwait(false);
        var upload = await uploads.FindAsync(request.Caller.UserKey, request.UploadId, cancellationToken).ConfigureAwait(false) ?? throw Fault.NotFound("upload");
        upload.RequireAlive(time.GetUtcNow());
        if (upload is not { IsWhole: true, State: UploadState.Uploading, Kind: not UploadKind.Final }) return upload;
        try
        {
            return await completion.RunAsync(request.Caller, upload).ConfigureAwait(false);
        }
        // All bytes said to be there would be taken for the end, and of what else HEAD may answer, clients repeat only this.
        catch (Fault fault) when (fault.Code is FaultCode.Unavailable or FaultCode.StorageFull)
        {
            throw new Fault(FaultCode.Locked, "the upload has all its bytes but cannot be completed yet; try again", fault);
        }
    }
}
