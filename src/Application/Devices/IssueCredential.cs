using MediatR;
using RooCoord.Application.Sessions;
using RooCoord.Contracts;
using RooCoord.Domain;

namespace RooCoord.Application.Devices;

/// <summary>A new credential for a device that lost its own. The lost one is revoked, a connection opened with it closes; the mailbox stays.</summary>
public sealed record IssueCredential(Caller Caller, string DeviceId) : IRequest<Credential>;

internal sealed class IssueCredentialHandler(
    ICredentialStore credentials, ITokenIssuer tokens, ConnectionEnding ending, TimeProvider time)
    : IRequestHandler<IssueCredential, Credential>
{
    public async Task<Credential> Handle(IssueCredential request, CancellationToken cancellationToken)
    {
        DeviceAccess.RequireUser(request.Caller);
        var (family, refresh) = (Ids.New(), RefreshTokens.New());
        var device = await credentials.IssueAsync(request.Caller.UserKey, request.DeviceId, new(family, RefreshTokens.Hash(refresh), time.GetUtcNow()))
            .ConfigureAwait(false) ?? throw Fault.NotFound("device");
        await ending.EndAsync(device.Key, _ => true, SessionEndReasons.Revoked).ConfigureAwait(false);
        var access = await tokens.IssueAsync(device.UserId, device.Id, family, 1, cancellationToken).ConfigureAwait(false);
        return new(access.Value, access.ExpiresAt, refresh);
    }
}
