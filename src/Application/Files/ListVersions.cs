using System.Globalization;
using AutoMapper;
using FluentValidation;
using MediatR;
using RooCoord.Application.Admin;
using RooCoord.Contracts;
using RooCoord.Domain.Files;
using VersionDto = RooCoord.Contracts.FileVersion;

namespace RooCoord.Application.Files;

/// <summary>Versions of a file, newest first.</summary>
public sealed record ListVersions(Caller Caller, string Id, string? Cursor, int? Limit) : IRequest<CursorPage<VersionDto>>;

internal sealed class ListVersionsValidator : AbstractValidator<ListVersions>
{
    public ListVersionsValidator() => RuleFor(r => r.Limit).Must(Paging.IsLimit).WithMessage(Paging.LimitRule);
}

internal sealed class ListVersionsHandler(IFileStore files, IFileHistory history, IMapper mapper) : IRequestHandler<ListVersions, CursorPage<VersionDto>>
{
    public async Task<CursorPage<VersionDto>> Handle(ListVersions request, CancellationToken cancellationToken)
    {
        var before = FileCursors.Number(request.Cursor) ?? long.MaxValue;
        var limit = request.Limit ?? Paging.Usual;
        var file = await files.RequireAsync(request.Caller, request.Id, FileRole.Viewer, cancellationToken).ConfigureAwait(false);
        var found = await history.VersionsAsync(file.Key, before, limit + 1, cancellationToken).ConfigureAwait(false);
        return new(
            mapper.Map<List<VersionDto>>(found.Take(limit)),
            found.Count > limit ? found[limit - 1].Version.ToString(CultureInfo.InvariantCulture) : null);
    }
}
