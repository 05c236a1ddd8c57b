using System.Globalization;
using System.Security.Claims;
using System.Security.Cryptography;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;
using RooCoord.Application.Devices;
using RooCoord.Domain.Devices;
using RooCoord.Infrastructure.Keys;

namespace RooCoord.Api.Auth;

/// <summary>Signs and describes RooCoord's own tokens: JWTs (RFC 7519) with ES256 and a <c>kid</c>.</summary>
internal sealed class BuiltInTokens(ISigningKeys keys, TimeProvider time) : ITokenIssuer
{
    public const string Issuer = "roocoord";
    public const string UserAudience = "roocoord:user";
    public const string DeviceAudience = "roocoord:device";
    public const string DeviceClaim = "device";
    public const string FamilyClaim = "family";
    public const string GenerationClaim = "generation";
    public const string RoleClaim = "role";
    /// <summary><c>iat</c> to the millisecond: a token made right after its user's tokens were revoked is told from one made right before.</summary>
    public const string IssuedMillisecondsClaim = "iat_ms";

    private static readonly JsonWebTokenHandler Handler = new();
    private IReadOnlyList<ECDsaSecurityKey>? _keys;

    public async ValueTask<AccessToken> IssueAsync(string userId, string deviceId, string familyId, long generation, CancellationToken cancellationToken) =>
        await SignAsync(
            DeviceAudience,
            [new("sub", userId), new(DeviceClaim, deviceId), new(FamilyClaim, familyId), new(GenerationClaim, generation.ToString(CultureInfo.InvariantCulture))],
            RefreshToken.AccessLifetime, cancellationToken).ConfigureAwait(false);

    /// <summary>A user's token.</summary>
    public ValueTask<AccessToken> IssueUserAsync(string userId, string role, TimeSpan lifetime, CancellationToken cancellationToken) =>
        SignAsync(
            UserAudience,
            [
                new("sub", userId), new(RoleClaim, role),
                new(IssuedMillisecondsClaim, time.GetUtcNow().ToUnixTimeMilliseconds().ToString(CultureInfo.InvariantCulture), ClaimValueTypes.Integer64),
            ],
            lifetime, cancellationToken);

    private async ValueTask<AccessToken> SignAsync(string audience, List<Claim> claims, TimeSpan lifetime, CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        // JWT times are whole seconds.
        var expires = DateTimeOffset.FromUnixTimeSeconds((now + lifetime).ToUnixTimeSeconds());
        var signing = (await KeysAsync(cancellationToken).ConfigureAwait(false))[0];
        var token = Handler.CreateToken(new SecurityTokenDescriptor
        {
            Issuer = Issuer,
            Audience = audience,
            Subject = new ClaimsIdentity(claims),
            IssuedAt = now.UtcDateTime,
            NotBefore = now.UtcDateTime,
            Expires = expires.UtcDateTime,
            SigningCredentials = new(signing, SecurityAlgorithms.EcdsaSha256),
        });
        return new(token, expires);
    }

    /// <summary>How to check a token of this issuer.</summary>
    public async ValueTask<TokenValidationParameters> ParametersAsync(CancellationToken cancellationToken) => new()
    {
        ValidIssuer = Issuer,
        ValidAudiences = [UserAudience, DeviceAudience],
        ValidAlgorithms = [SecurityAlgorithms.EcdsaSha256],
        IssuerSigningKeys = await KeysAsync(cancellationToken).ConfigureAwait(false),
        LifetimeValidator = (from, to, _, _) => to > time.GetUtcNow().UtcDateTime && !(from > time.GetUtcNow().UtcDateTime),
    };

    private async ValueTask<IReadOnlyList<ECDsaSecurityKey>> KeysAsync(CancellationToken cancellationToken)
    {
        if (_keys is { } known) return known;
        var loaded = await keys.AllAsync(cancellationToken).ConfigureAwait(false);
        return _keys = [.. loaded.Select(Load)];
    }

    private static ECDsaSecurityKey Load(SigningKey key)
    {
        var ecdsa = ECDsa.Create();
        ecdsa.ImportFromPem(key.PrivateKey);
        return new(ecdsa) { KeyId = key.Id };
    }
}
