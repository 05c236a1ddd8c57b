using MediatR;
using RooCoord.Application.Sessions;
using RooCoord.Contracts;
using RooCoord.Domain;
using RooCoord.Domain.Devices;

namespace RooCoord.Application.Devices;

/// <summary>Rotates a refresh token. A reuse beyond the grace revokes the family, closes the connection and is <c>unauthorized</c>.</summary>
public sealed record RefreshCredential(string? RefreshToken) : IRequest<Credential>;

internal sealed class RefreshCredentialHandler(
    ICredentialStore credentials, ITokenIssuer tokens, ConnectionEnding ending, TimeProvider time)
    : IRequestHandler<RefreshCredential, Credential>
{
    public async Task<Credential> Handle(RefreshCredential request, CancellationToken cancellationToken)
    {
        if (request.RefreshToken is not { Length: > 0 and <= 256 } presented) throw Fault.Invalid("`refreshToken` is required");
        var successor = RefreshTokens.New();
        var outcome = await credentials.PresentAsync(RefreshTokens.Hash(presented), RefreshTokens.Hash(successor), time.GetUtcNow()).ConfigureAwait(false);
        if (outcome is { Decision: RefreshDecision.Rotate, Device: { } device })
        {
            var access = await tokens.IssueAsync(device.UserId, device.Id, outcome.FamilyId, outcome.Generation, cancellationToken).ConfigureAwait(false);
            return new(access.Value, access.ExpiresAt, successor);
        }
        if (outcome is { Decision: RefreshDecision.RevokeFamily, Device: { } revoked })
            await ending.EndAsync(revoked.Key, c => c.Caller.Device!.FamilyId == outcome.FamilyId, SessionEndReasons.Revoked).ConfigureAwait(false);
        throw Fault.Unauthorized("the refresh token is not accepted");
    }
}
