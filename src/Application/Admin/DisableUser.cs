using AutoMapper;
using MediatR;
using RooCoord.Application.Sessions;
using RooCoord.Contracts;
using RooCoord.Domain;

namespace RooCoord.Application.Admin;

/// <summary>Refuses every token of a user at once and closes its connections; devices, credentials and messages are kept.</summary>
public sealed record DisableUser(Caller Caller, string UserId) : IRequest<AdminUser>, IAdminRequest
{
    /// <inheritdoc/>
    public string Action => "users.disable";
    /// <inheritdoc/>
    public string? Subject => UserId;
}

internal sealed class DisableUserHandler(IUserStore users, ConnectionEnding ending, IMapper mapper, TimeProvider time) : IRequestHandler<DisableUser, AdminUser>
{
    public async Task<AdminUser> Handle(DisableUser request, CancellationToken cancellationToken)
    {
        if (request.UserId == request.Caller.UserId) throw Fault.Conflict("an admin cannot disable itself");
        var user = await users.DisableAsync(request.UserId, time.GetUtcNow()).ConfigureAwait(false);
        await ending.EndAllAsync(user.Key, SessionEndReasons.Revoked).ConfigureAwait(false);
        return mapper.Map<AdminUser>(user);
    }
}
