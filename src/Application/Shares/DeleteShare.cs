using MediatR;

namespace RooCoord.Application.Shares;

/// <summary>Ends a link, and the grants that came of it. For the file's owners.</summary>
public sealed record DeleteShare(Caller Caller, string FileId, string ShareId) : IRequest;

internal sealed class DeleteShareHandler(IShareStore shares, TimeProvider time) : AsyncRequestHandler<DeleteShare>
{
    protected override Task Handle(DeleteShare request, CancellationToken cancellationToken) =>
        shares.RemoveAsync(request.Caller, request.FileId, request.ShareId, time.GetUtcNow());
}
