using MediatR;
using RooCoord.Contracts;

namespace RooCoord.Application.Files;

/// <summary>Deletes a file with all its versions.</summary>
public sealed record DeleteFile(Caller Caller, string Id, string? IfMatch) : IRequest;

internal sealed class DeleteFileHandler(IFileChanges files, FileAnnouncer announcer, TimeProvider time) : AsyncRequestHandler<DeleteFile>
{
    protected override async Task Handle(DeleteFile request, CancellationToken cancellationToken)
    {
        var removed = await files.RemoveAsync(request.Caller, request.Id, request.IfMatch, time.GetUtcNow()).ConfigureAwait(false);
        announcer.Tell(removed.Viewers, removed.FileId, FileChanges.Deleted);
    }
}
