using MediatR;
using RooCoord.Domain;
using RooCoord.Domain.Files;

namespace RooCoord.Application.Files;

/// <summary>Begins an upload (tus creation, creation-defer-length, concatenation).</summary>
/// <param name="Caller">Who begins it.</param>
/// <param name="Length">Bytes in all; null: told later. Of a final one null.</param>
/// <param name="Metadata">The header <c>Upload-Metadata</c>, or null.</param>
/// <param name="Kind">What it is for.</param>
/// <param name="Concat">Of a final one: the header <c>Upload-Concat</c>; else null.</param>
/// <param name="Parts">Of a final one: the ids of its parts, in order; else empty.</param>
public sealed record CreateUpload(Caller Caller, long? Length, string? Metadata, UploadKind Kind, string? Concat, IReadOnlyList<string> Parts) : IRequest<Upload>;

internal sealed class CreateUploadHandler(
    IUploadStore uploads, IFileStore files, IBlobStore blobs, CompleteUpload completion, FileOptions options, Limits limits, TimeProvider time) : IRequestHandler<CreateUpload, Upload>
{
    private const int MaxParts = 1_000;

    public async Task<Upload> Handle(CreateUpload request, CancellationToken cancellationToken)
    {
        if (request.Length < 0) throw Fault.Invalid("`Upload-Length` must not be negative");
        var metadata = UploadMetadata.Parse(request.Metadata);
        if (metadata.FileId is { } fileId && request.Kind != UploadKind.Partial)
            (await files.FindAsync(request.Caller.UserKey, fileId, cancellationToken).ConfigureAwait(false) ?? throw Fault.NotFound("file")).Require(FileRole.Editor);
        var parts = request.Kind == UploadKind.Final ? await PartsAsync(request, cancellationToken).ConfigureAwait(false) : [];
        var length = request.Kind == UploadKind.Final ? parts.Sum(p => p.Size) : request.Length;
        if (limits.FileBytes > 0 && length > limits.FileBytes) throw Fault.TooLarge($"a file has at most {limits.FileBytes} bytes");

        var (id, now) = (Ids.New(), time.GetUtcNow());
        var upload = await uploads.AddAsync(
            request.Caller,
            new()
            {
                Id = id,
                DeviceKey = request.Caller.Device?.Key,
                Kind = request.Kind,
                Length = length,
                Metadata = metadata,
                Parts = request.Concat,
                BlobId = id,
                CreatedAt = now,
                ExpiresAt = now + options.UploadsExpireAfter,
            },
            // The bytes of a final one are counted to its parts already.
            request.Kind == UploadKind.Final ? 0 : limits.UserBytes).ConfigureAwait(false);
        // The store knows the user's key, also of one it did not know before.
        var caller = request.Caller with { UserKey = upload.UserKey };
        if (request.Kind != UploadKind.Final && !upload.IsWhole) return upload;
        try
        {
            if (request.Kind == UploadKind.Final) return await completion.RunAsync(caller, upload, parts).ConfigureAwait(false);
            blobs.OpenWrite(upload.BlobId, 0).Dispose();
            return await completion.RunAsync(caller, upload).ConfigureAwait(false);
        }
        catch
        {
            // Nobody was told its address: who tries again makes another one.
            await uploads.RemoveAsync(upload).ConfigureAwait(false);
            throw;
        }
    }

    private async Task<IReadOnlyList<FilePart>> PartsAsync(CreateUpload request, CancellationToken cancellationToken)
    {
        if (request.Parts.Count is 0 or > MaxParts) throw Fault.Invalid($"`Upload-Concat` must name 1 to {MaxParts} parts");
        var found = await uploads.FindAsync(request.Caller.UserKey, request.Parts, cancellationToken).ConfigureAwait(false);
        var parts = new List<FilePart>();
        foreach (var part in found)
        {
            if (part is null) throw Fault.NotFound("part");
            part.RequireAlive(time.GetUtcNow());
            if (part.Kind != UploadKind.Partial) throw Fault.Invalid("a part must be a partial upload");
            if (part.State != UploadState.Completed) throw Fault.Conflict("a part is not complete");
            parts.Add(new(part.BlobId, part.Received));
        }
        return parts;
    }
}
