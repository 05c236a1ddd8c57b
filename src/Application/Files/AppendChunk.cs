using MediatR;
using RooCoord.Domain;
using RooCoord.Domain.Files;

namespace RooCoord.Application.Files;

/// <summary>
/// Adds bytes to an upload: what tus <c>PATCH</c> and the hub's <c>UploadChunk</c> do. Answers once they are committed. Whatever ends
/// it early (a dropped connection, a newer request, a full disk), the bytes received until then are kept; of a chunk with a
/// checksum none.
/// </summary>
/// <param name="Caller">Who sends.</param>
/// <param name="UploadId">The upload.</param>
/// <param name="Offset">Where the bytes go: what is committed.</param>
/// <param name="Body">The bytes, read once.</param>
/// <param name="Checksum">What they must hash to, or null.</param>
/// <param name="Length">The upload's length, when it was deferred and is known now.</param>
/// <param name="Bytes">How many bytes the body has, when that is known.</param>
public sealed record AppendChunk(Caller Caller, string UploadId, long Offset, Stream Body, ChunkChecksum? Checksum, long? Length, long? Bytes) : IRequest<Upload>;

internal sealed class AppendChunkHandler(
    IUploadStore uploads, IUploadLocks locks, ReceivingServices services, CompleteUpload completion, Limits limits, TimeProvider time) : IRequestHandler<AppendChunk, Upload>
{
    public async Task<Upload> Handle(AppendChunk request, CancellationToken cancellationToken)
    {
        await using var held = await locks.TakeAsync(request.Caller.UserKey, request.UploadId, cancellationToken).ConfigureAwait(false);
        var upload = await uploads.FindAsync(request.Caller.UserKey, request.UploadId, cancellationToken).ConfigureAwait(false) ?? throw Fault.NotFound("upload");
        upload.RequireOffset(request.Offset, time.GetUtcNow());
        if (request.Length is { } length) upload = await SetLengthAsync(upload, length).ConfigureAwait(false);
        upload.RequireRoom(request.Bytes ?? 0, limits.FileBytes);
        if (upload.State == UploadState.Completed) return upload;

        bool whole;
        var chunk = new ReceivedChunk(services, request, upload, held);
        await using (chunk.ConfigureAwait(false))
        {
            await chunk.ReceiveAsync().ConfigureAwait(false);
            (upload, whole) = (chunk.Upload, chunk.IsWhole);
        }
        return whole ? await completion.RunAsync(request.Caller, upload).ConfigureAwait(false) : upload;
    }

    private async Task<Upload> SetLengthAsync(Upload upload, long length)
    {
        if (upload.Length == length) return upload;
        if (limits.FileBytes > 0 && length > limits.FileBytes) throw Fault.TooLarge($"a file has at most {limits.FileBytes} bytes");
        if (length < upload.Received) throw Fault.Invalid("`Upload-Length` is less than what was received");
        await uploads.SetLengthAsync(upload, length, limits.UserBytes).ConfigureAwait(false);
        return upload with { Length = length };
    }
}
