using MediatR;
using RooCoord.Domain;
using RooCoord.Domain.Files;

namespace RooCoord.Application.Files;

/// <summary>Opens a version of a file for reading, and decides what of it is sent.</summary>
/// <param name="Caller">Who reads.</param>
/// <param name="FileId">The file.</param>
/// <param name="Version">Which version; null: the current one.</param>
/// <param name="Request">What the request says of preconditions and ranges.</param>
public sealed record OpenContent(Caller Caller, string FileId, long? Version, ContentRequest Request) : IRequest<OpenedContent>;

/// <summary>Content, and what of it is to be sent.</summary>
public sealed record OpenedContent(FileContent Content, ContentAnswer Answer)
{
    /// <summary>Decides what of the content a request gets; throws <see cref="FaultCode.PreconditionFailed"/>.</summary>
    public static OpenedContent Decide(FileContent content, ContentRequest request)
    {
        var answer = request.Decide(content.ETag, content.ModifiedAt, !content.SharesItsSecond, content.Size);
        return answer.Status == ContentStatus.PreconditionFailed
            ? throw new Fault(FaultCode.PreconditionFailed, "the content is not the one that the request names")
            : new(content, answer);
    }
}

internal sealed class OpenContentHandler(IContentStore contents, NotedDownloads noted, TimeProvider time) : IRequestHandler<OpenContent, OpenedContent>
{
    public async Task<OpenedContent> Handle(OpenContent request, CancellationToken cancellationToken)
    {
        var content = await contents.FindAsync(request.Caller.UserKey, request.FileId, request.Version, cancellationToken).ConfigureAwait(false)
            ?? throw Fault.NotFound(request.Version is null ? "file" : "version");
        var opened = OpenedContent.Decide(content, request.Request);
        if (opened.Answer.BringsBytes && !request.Request.IsHead && noted.IsNews(request.Caller, content, opened.Answer.Begins))
        {
            await contents.NoteDownloadAsync(request.Caller, content, time.GetUtcNow()).ConfigureAwait(false);
            noted.Remember(request.Caller, content);
        }
        return opened;
    }
}
