using AutoMapper;
using FluentValidation;
using MediatR;
using RooCoord.Contracts;
using RooCoord.Domain.Users;

namespace RooCoord.Application.Admin;

/// <summary>Users in the order of their ids, those that contain <paramref name="Part"/>, after <paramref name="After"/>.</summary>
public sealed record ListUsers(Caller Caller, string? Part, string? After, int? Limit) : IRequest<Page<AdminUser>>, IAdminRequest
{
    /// <inheritdoc/>
    public string Action => "users.list";
    /// <inheritdoc/>
    public string? Subject => null;
}

internal sealed class ListUsersValidator : AbstractValidator<ListUsers>
{
    public ListUsersValidator()
    {
        RuleFor(r => r.Limit).Must(Paging.IsLimit).WithMessage(Paging.LimitRule);
        RuleFor(r => r.Part).Must(IsPartOfId).WithMessage("`q` must have at most 255 characters");
        RuleFor(r => r.After).Must(IsPartOfId).WithMessage("`after` must be the id of a user");
    }

    private static bool IsPartOfId(string? text) => text is null || (text.Length <= UserAccount.MaxId && !Domain.Text.IsMalformed(text));
}

internal sealed class ListUsersHandler(IUserStore users, IMapper mapper) : IRequestHandler<ListUsers, Page<AdminUser>>
{
    public async Task<Page<AdminUser>> Handle(ListUsers request, CancellationToken cancellationToken)
    {
        var found = await users.ListAsync(request.Part, request.After, request.Limit ?? Paging.Usual, cancellationToken).ConfigureAwait(false);
        return new(mapper.Map<List<AdminUser>>(found));
    }
}
