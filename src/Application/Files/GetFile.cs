using AutoMapper;
using MediatR;
using RooCoord.Domain.Files;
using FileDto = RooCoord.Contracts.File;

namespace RooCoord.Application.Files;

/// <summary>What is said of a file, and its entity tag.</summary>
public sealed record TaggedFile(FileDto File, string ETag);

/// <summary>One file the caller may see.</summary>
public sealed record GetFile(Caller Caller, string Id) : IRequest<TaggedFile>;

internal sealed class GetFileHandler(IFileStore files, IMapper mapper) : IRequestHandler<GetFile, TaggedFile>
{
    public async Task<TaggedFile> Handle(GetFile request, CancellationToken cancellationToken)
    {
        var file = await files.RequireAsync(request.Caller, request.Id, FileRole.Viewer, cancellationToken).ConfigureAwait(false);
        return new(mapper.Map<FileDto>(file), file.ETag);
    }
}
