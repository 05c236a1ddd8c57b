using MediatR;
using RooCoord.Application.Accounts;
using RooCoord.Contracts;
using RooCoord.Domain;

namespace RooCoord.Application.Admin;

/// <summary>Removes everything of a user: devices, messages, files, permissions. Only ids stay in the audits.</summary>
public sealed record EraseUser(Caller Caller, string UserId) : IRequest<ErasureState>, IAdminRequest
{
    /// <inheritdoc/>
    public string Action => "users.erase";
    /// <inheritdoc/>
    public string? Subject => UserId;
}

internal sealed class EraseUserHandler(IUserStore users, AccountErasures erasures, TimeProvider time) : IRequestHandler<EraseUser, ErasureState>
{
    public async Task<ErasureState> Handle(EraseUser request, CancellationToken cancellationToken)
    {
        if (request.UserId == request.Caller.UserId) throw Fault.Conflict("an admin erases itself as any user does: DELETE /api/v1/account");
        var user = await users.BeginErasureAsync(request.UserId, time.GetUtcNow()).ConfigureAwait(false) ?? throw Fault.NotFound("user");
        return await erasures.RunAsync(user, cancellationToken).ConfigureAwait(false);
    }
}
