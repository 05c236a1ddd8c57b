using AutoMapper;
using FluentValidation;
using MediatR;
using RooCoord.Application.Admin;
using RooCoord.Contracts;
using RooCoord.Domain;
using RooCoord.Domain.Files;
using RooCoord.Domain.Users;
using FileDto = RooCoord.Contracts.File;

namespace RooCoord.Application.Files;

/// <summary>What a caller asks of its files, as it stands in the query.</summary>
public sealed record FileSearch(
    string? Q, string? Type, IReadOnlyList<string> Tags, long? MinSize, long? MaxSize, string? After, string? Before, string? Owner, string? Sort);

/// <summary>Files the caller may see that match.</summary>
public sealed record SearchFiles(Caller Caller, FileSearch Search, string? Cursor, int? Limit) : IRequest<CursorPage<FileDto>>;

internal sealed class SearchFilesValidator : AbstractValidator<SearchFiles>
{
    private const int MaxText = 256;

    public SearchFilesValidator()
    {
        RuleFor(r => r.Limit).Must(Paging.IsLimit).WithMessage(Paging.LimitRule);
        RuleFor(r => r.Search.Q).Must(IsText).WithMessage($"`q` must have at most {MaxText} characters");
        RuleFor(r => r.Search.Type).Must(t => IsText(t) && (t is null || t.Count(c => c == '/') == 1)).WithMessage("`type` must be a media type, or one with `/*`");
        RuleFor(r => r.Search.Owner).Must(t => t is null || (t.Length is >= 1 and <= UserAccount.MaxId && !Text.IsMalformed(t))).WithMessage("`owner` must be me, shared or a user's id");
        RuleFor(r => r.Search.MinSize).GreaterThanOrEqualTo(0).WithMessage("`minSize` must not be negative");
        RuleFor(r => r.Search.MaxSize).GreaterThanOrEqualTo(0).WithMessage("`maxSize` must not be negative");
    }

    private static bool IsText(string? text) => text is null || (text.Length <= MaxText && !Text.IsMalformed(text));
}

internal sealed class SearchFilesHandler(IFileSearch search, IMapper mapper) : IRequestHandler<SearchFiles, CursorPage<FileDto>>
{
    public async Task<CursorPage<FileDto>> Handle(SearchFiles request, CancellationToken cancellationToken)
    {
        var (caller, limit) = (request.Caller, request.Limit ?? Paging.Usual);
        var query = Query(caller, request.Search);
        query = query with { Behind = FileCursors.Read(caller, query, request.Cursor), Limit = limit + 1 };
        var found = await search.FindAsync(caller, query, cancellationToken).ConfigureAwait(false);
        return new(mapper.Map<List<FileDto>>(found.Take(limit)), found.Count > limit ? FileCursors.Write(caller, query, found[limit - 1]) : null);
    }

    private static FileQuery Query(Caller caller, FileSearch search)
    {
        var (order, descending) = Sort(search.Sort ?? "-createdAt");
        return new()
        {
            Words = string.IsNullOrWhiteSpace(search.Q) ? null : search.Q,
            Type = search.Type?.ToLowerInvariant(),
            Tags = FileTags.Require(search.Tags),
            MinSize = search.MinSize,
            MaxSize = search.MaxSize,
            After = Times.Read(search.After, "after"),
            Before = Times.Read(search.Before, "before"),
            Ownership = search.Owner is null ? FileOwnership.Any : search.Owner == "me" || search.Owner == caller.UserId ? FileOwnership.Own : FileOwnership.Shared,
            OwnerId = search.Owner is null or "me" or "shared" || search.Owner == caller.UserId ? null : search.Owner,
            Order = order,
            Descending = descending,
        };
    }

    private static (FileOrder, bool) Sort(string sort)
    {
        var descending = sort.StartsWith('-');
        return (sort[(descending ? 1 : 0)..] switch
        {
            "createdAt" or "created" => FileOrder.Created,
            "updatedAt" or "updated" => FileOrder.Updated,
            "name" => FileOrder.Name,
            "size" => FileOrder.Size,
            _ => throw Fault.Invalid("`sort` must be createdAt, updatedAt, name or size, with - before it for descending"),
        }, descending);
    }
}
