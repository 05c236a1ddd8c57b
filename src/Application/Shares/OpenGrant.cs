using MediatR;
using RooCoord.Application.Files;
using RooCoord.Domain;
using RooCoord.Domain.Files;

namespace RooCoord.Application.Shares;

/// <summary>Opens what a grant is of; as often as it is asked for, while the link is there.</summary>
public sealed record OpenGrant(string Grant, ContentRequest Request) : IRequest<OpenedContent>;

internal sealed class OpenGrantHandler(IShareStore shares, IShareGrants grants, TimeProvider time) : IRequestHandler<OpenGrant, OpenedContent>
{
    public async Task<OpenedContent> Handle(OpenGrant request, CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        var grant = await grants.ReadAsync(request.Grant, cancellationToken).ConfigureAwait(false) ?? throw Fault.NotFound("link");
        if (grant.ExpiresAt <= now) throw Fault.Expired("the download has expired");
        // The link may have expired or be used up meanwhile, but it must be there.
        var link = await shares.FindAsync(grant.ShareId, now, cancellationToken).ConfigureAwait(false) ?? throw Fault.NotFound("link");
        var content = await shares.ContentAsync(link, grant.Version, cancellationToken).ConfigureAwait(false) ?? throw Fault.NotFound("link");
        return OpenedContent.Decide(content, request.Request);
    }
}
