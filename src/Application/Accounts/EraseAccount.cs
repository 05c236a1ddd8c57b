using MediatR;
using RooCoord.Application.Admin;
using RooCoord.Application.Devices;
using RooCoord.Contracts;
using RooCoord.Domain;

namespace RooCoord.Application.Accounts;

/// <summary>Removes everything of the caller: devices, messages, files, permissions. Only ids stay in the audits.</summary>
public sealed record EraseAccount(Caller Caller, string? Confirm) : IRequest<ErasureState>;

internal sealed class EraseAccountHandler(IUserStore users, IAuditLog log, AccountErasures erasures, TimeProvider time) : IRequestHandler<EraseAccount, ErasureState>
{
    public async Task<ErasureState> Handle(EraseAccount request, CancellationToken cancellationToken)
    {
        var caller = request.Caller;
        DeviceAccess.RequireUser(caller);
        if (request.Confirm != caller.UserId) throw Fault.Invalid("`confirm` must be your user id");
        var now = time.GetUtcNow();
        await log.AddAsync(now, caller.UserId, "account.erase", caller.UserId).ConfigureAwait(false);
        var user = await users.BeginErasureAsync(caller.UserId, now).ConfigureAwait(false);
        // Nothing was ever stored of a user who is not known.
        return user is null ? new(caller.UserId, AccountErasures.Erased) : await erasures.RunAsync(user, cancellationToken).ConfigureAwait(false);
    }
}
