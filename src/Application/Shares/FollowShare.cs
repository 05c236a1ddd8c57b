using MediatR;
using RooCoord.Application.Files;
using RooCoord.Domain;
using RooCoord.Domain.Files;
using RooCoord.Domain.Shares;

namespace RooCoord.Application.Shares;

/// <summary>Follows a link: counts one download, and returns the grant by which it is read.</summary>
/// <param name="Token">The link's.</param>
/// <param name="Password">What was given, or null.</param>
/// <param name="Address">Where from: wrong passwords are counted by it.</param>
public sealed record FollowShare(string Token, string? Password, string Address) : IRequest<string>;

internal sealed class FollowShareHandler(ShareDoor door, IShareStore shares, IShareGrants grants, TimeProvider time) : IRequestHandler<FollowShare, string>
{
    public async Task<string> Handle(FollowShare request, CancellationToken cancellationToken)
    {
        var link = await door.EnterAsync(request.Token, request.Password, request.Address, cancellationToken).ConfigureAwait(false);
        var now = time.GetUtcNow();
        var version = await shares.CountDownloadAsync(link.Id, now).ConfigureAwait(false);
        return await grants.SignAsync(new(link.Id, version, now + ShareGrant.Lifetime), cancellationToken).ConfigureAwait(false);
    }
}

/// <summary>Looks at what a link is of, without a grant and without counting.</summary>
public sealed record PeekShare(string Token, string? Password, string Address, ContentRequest Request) : IRequest<OpenedContent>;

internal sealed class PeekShareHandler(ShareDoor door, IShareStore shares) : IRequestHandler<PeekShare, OpenedContent>
{
    public async Task<OpenedContent> Handle(PeekShare request, CancellationToken cancellationToken)
    {
        var link = await door.EnterAsync(request.Token, request.Password, request.Address, cancellationToken).ConfigureAwait(false);
        var content = await shares.ContentAsync(link, null, cancellationToken).ConfigureAwait(false) ?? throw Fault.NotFound("link");
        return OpenedContent.Decide(content, request.Request);
    }
}
