using MediatR;
using RooCoord.Domain;
using RooCoord.Domain.Files;

namespace RooCoord.Application.Files;

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
