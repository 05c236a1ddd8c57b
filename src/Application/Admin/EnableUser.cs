using AutoMapper;
using MediatR;
using RooCoord.Contracts;
using RooCoord.Domain;

namespace RooCoord.Application.Admin;

/// <summary>Takes a disabling back: tokens that were not revoked are accepted again.</summary>
public sealed record EnableUser(Caller Caller, string UserId) : IRequest<AdminUser>, IAdminRequest
{
    /// <inheritdoc/>
    public string Action => "users.enable";
    /// <inheritdoc/>
    public string? Subject => UserId;
}

internal sealed class EnableUserHandler(IUserStore users, IMapper mapper) : IRequestHandler<EnableUser, AdminUser>
{
    public async Task<AdminUser> Handle(EnableUser request, CancellationToken cancellationToken) =>
        mapper.Map<AdminUser>(await users.EnableAsync(request.UserId).ConfigureAwait(false) ?? throw Fault.NotFound("user"));
}
