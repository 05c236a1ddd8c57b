using AutoMapper;
using MediatR;
using RooCoord.Application.Sessions;
using RooCoord.Contracts;

namespace RooCoord.Application.Admin;

/// <summary>Revokes every credential of a user's devices and the user tokens issued up to now, and closes its connections; devices and mailboxes are kept.</summary>
public sealed record RevokeUserTokens(Caller Caller, string UserId) : IRequest<AdminUser>, IAdminRequest
{
    /// <inheritdoc/>
    public string Action => "users.revokeTokens";
    /// <inheritdoc/>
    public string? Subject => UserId;
}

internal sealed class RevokeUserTokensHandler(IUserStore users, ConnectionEnding ending, IMapper mapper, TimeProvider time) : IRequestHandler<RevokeUserTokens, AdminUser>
{
    public async Task<AdminUser> Handle(RevokeUserTokens request, CancellationToken cancellationToken)
    {
        var user = await users.RevokeTokensAsync(request.UserId, time.GetUtcNow()).ConfigureAwait(false);
        await ending.EndAllAsync(user.Key, SessionEndReasons.Revoked).ConfigureAwait(false);
        return mapper.Map<AdminUser>(user);
    }
}
