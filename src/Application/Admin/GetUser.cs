using AutoMapper;
using MediatR;
using RooCoord.Contracts;
using RooCoord.Domain;

namespace RooCoord.Application.Admin;

/// <summary>One user.</summary>
public sealed record GetUser(Caller Caller, string UserId) : IRequest<AdminUser>, IAdminRequest
{
    /// <inheritdoc/>
    public string Action => "users.read";
    /// <inheritdoc/>
    public string? Subject => UserId;
}

internal sealed class GetUserHandler(IUserStore users, IMapper mapper) : IRequestHandler<GetUser, AdminUser>
{
    public async Task<AdminUser> Handle(GetUser request, CancellationToken cancellationToken) =>
        mapper.Map<AdminUser>(await users.FindAsync(request.UserId, cancellationToken).ConfigureAwait(false) ?? throw Fault.NotFound("user"));
}
