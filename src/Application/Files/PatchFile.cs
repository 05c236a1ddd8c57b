using System.Text.Json;
using AutoMapper;
using MediatR;
using RooCoord.Contracts;
using RooCoord.Domain;
using RooCoord.Domain.Files;
using FileDto = RooCoord.Contracts.File;

namespace RooCoord.Application.Files;

/// <summary>Changes what is given of a file; with <paramref name="IfMatch"/> only while its entity tag is among those.</summary>
public sealed record PatchFile(Caller Caller, string Id, FilePatch Patch, string? IfMatch) : IRequest<TaggedFile>;

internal sealed class PatchFileHandler(IFileChanges files, FileAnnouncer announcer, IMapper mapper, TimeProvider time) : IRequestHandler<PatchFile, TaggedFile>
{
    public async Task<TaggedFile> Handle(PatchFile request, CancellationToken cancellationToken)
    {
        var patch = request.Patch;
        var name = patch.Name.ValueKind == JsonValueKind.Undefined ? null : FileNames.Require(Text(patch.Name, "name"));
        var tags = patch.Tags.ValueKind == JsonValueKind.Undefined ? null : Tags(patch.Tags);
        var (keepsDescription, description) = (patch.Description.ValueKind == JsonValueKind.Undefined, Description(patch.Description));
        var file = await files.ChangeAsync(
            request.Caller, request.Id, request.IfMatch,
            f => f with { Name = name ?? f.Name, Tags = tags ?? f.Tags, Description = keepsDescription ? f.Description : description },
            time.GetUtcNow()).ConfigureAwait(false);
        await announcer.ChangedAsync(file, FileChanges.Updated).ConfigureAwait(false);
        return new(mapper.Map<FileDto>(file), file.ETag);
    }

    private static string? Description(JsonElement value) => value.ValueKind is JsonValueKind.Undefined or JsonValueKind.Null
        ? null
        : Domain.Text.Require(Text(value, "description"), "description", 0, FileEntry.MaxDescription);

    private static IReadOnlyList<string> Tags(JsonElement value) => value.ValueKind == JsonValueKind.Array
        ? FileTags.Require(value.EnumerateArray().Select(t => Text(t, "tags")))
        : throw Fault.Invalid("`tags` must be an array of strings");

    // A lone surrogate is valid JSON, and no text.
    private static string Text(JsonElement value, string field)
    {
        if (value.ValueKind != JsonValueKind.String) throw Fault.Invalid($"`{field}` must be a string");
        try { return value.GetString()!; }
        catch (InvalidOperationException) { throw Fault.Invalid($"`{field}` has control characters or lone surrogates"); }
    }
}
