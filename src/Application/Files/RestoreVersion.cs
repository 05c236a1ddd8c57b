using AutoMapper;
using MediatR;
using RooCoord.Contracts;
using RooCoord.Domain;
using FileDto = RooCoord.Contracts.File;

namespace RooCoord.Application.Files;

/// <summary>Makes an earlier version the current one again, as a new version.</summary>
public sealed record RestoreVersion(Caller Caller, string Id, long Version, string? IfMatch) : IRequest<TaggedFile>;

internal sealed class RestoreVersionHandler(IFileChanges files, FileAnnouncer announcer, IMapper mapper, TimeProvider time) : IRequestHandler<RestoreVersion, TaggedFile>
{
    public async Task<TaggedFile> Handle(RestoreVersion request, CancellationToken cancellationToken)
    {
        if (request.Version < 1) throw Fault.NotFound("version");
        var file = await files.RestoreAsync(request.Caller, request.Id, request.Version, request.IfMatch, time.GetUtcNow()).ConfigureAwait(false);
        await announcer.ChangedAsync(file, FileChanges.Version).ConfigureAwait(false);
        return new(mapper.Map<FileDto>(file), file.ETag);
    }
}
