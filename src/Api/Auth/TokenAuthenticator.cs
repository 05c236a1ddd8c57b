using System.Globalization;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Protocols;
using Microsoft.IdentityModel.Protocols.OpenIdConnect;
using Microsoft.IdentityModel.Tokens;
using RooCoord.Application;
using RooCoord.Application.Admin;
using RooCoord.Application.Devices;
using RooCoord.Domain;
using RooCoord.Domain.Users;

namespace RooCoord.Api.Auth;

/// <summary>Tells who is behind a bearer token: device tokens are RooCoord's own, user tokens the OIDC provider's or, without one, RooCoord's own.</summary>
internal sealed class TokenAuthenticator(BuiltInTokens builtIn, AuthOptions options, ICredentialStore credentials, IUserStore users)
{
    private const int MaxToken = 16 * 1024;
    private static readonly TimeSpan ProviderClockSkew = TimeSpan.FromMinutes(1);
    private static readonly JsonWebTokenHandler Handler = new();

    private readonly ConfigurationManager<OpenIdConnectConfiguration>? _provider = options.Authority is { } authority
        ? new($"{authority.TrimEnd('/')}/.well-known/openid-configuration", new OpenIdConnectConfigurationRetriever())
        : null;

    /// <summary>The caller, or null when the token is not accepted.</summary>
    public async Task<Caller?> AuthenticateAsync(string token, CancellationToken cancellationToken)
    {
        if (token.Length > MaxToken || IssuerOf(token) is not { } issuer) return null;
        var own = issuer == BuiltInTokens.Issuer;
        if (!own && _provider is null) return null;
        var parameters = own
            ? await builtIn.ParametersAsync(cancellationToken).ConfigureAwait(false)
            : await ProviderParametersAsync(cancellationToken).ConfigureAwait(false);
        var result = await Handler.ValidateTokenAsync(token, parameters).ConfigureAwait(false);
        if (!result.IsValid || result.SecurityToken is not JsonWebToken jwt || jwt.Subject is not { Length: > 0 and <= UserAccount.MaxId } user) return null;
        if (own && jwt.Audiences.Contains(BuiltInTokens.DeviceAudience)) return await DeviceAsync(jwt, user, cancellationToken).ConfigureAwait(false);
        // With a provider, the built-in issuer's user tokens count no more.
        if (own && _provider is not null) return null;
        var role = jwt.TryGetPayloadValue<string>(BuiltInTokens.RoleClaim, out var claimed) ? claimed : null;
        // Asked each time: a user disabled on another node is refused here at once.
        var account = await users.AccountAsync(user, cancellationToken).ConfigureAwait(false);
        if (account?.Accepts(IssuedAt(jwt, own)) == false) return null;
        return new(user, account?.Key ?? 0, null, role == "admin");
    }

    // A provider's tokens tell whole seconds: one of the second in which tokens were revoked counts as issued before.
    private static DateTimeOffset? IssuedAt(JsonWebToken jwt, bool own)
    {
        if (own && jwt.TryGetPayloadValue<long>(BuiltInTokens.IssuedMillisecondsClaim, out var milliseconds)) return DateTimeOffset.FromUnixTimeMilliseconds(milliseconds);
        return jwt.IssuedAt == DateTime.MinValue ? null : new(jwt.IssuedAt, TimeSpan.Zero);
    }

    private static string? IssuerOf(string token)
    {
        try { return Handler.CanReadToken(token) ? Handler.ReadJsonWebToken(token).Issuer : null; }
        catch (Exception exception) when (exception is ArgumentException or SecurityTokenException) { return null; }
    }

    private async Task<Caller?> DeviceAsync(JsonWebToken jwt, string user, CancellationToken cancellationToken)
    {
        if (!jwt.TryGetPayloadValue<string>(BuiltInTokens.DeviceClaim, out var device)
            || !jwt.TryGetPayloadValue<string>(BuiltInTokens.FamilyClaim, out var family)
            || !jwt.TryGetPayloadValue<string>(BuiltInTokens.GenerationClaim, out var text)
            || !long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var generation)) return null;
        var known = await credentials.AuthenticateAsync(device, family, generation, cancellationToken).ConfigureAwait(false);
        if (known is null || known.UserId != user) return null;
        return new(user, known.UserKey, new(device, known.DeviceKey, family, new DateTimeOffset(jwt.ValidTo, TimeSpan.Zero)), false);
    }

    private async Task<TokenValidationParameters> ProviderParametersAsync(CancellationToken cancellationToken)
    {
        try
        {
            var configuration = await _provider!.GetConfigurationAsync(cancellationToken).ConfigureAwait(false);
            return new()
            {
                ValidIssuer = configuration.Issuer,
                ValidAudience = options.Audience,
                IssuerSigningKeys = configuration.SigningKeys,
                // Asks again when a token is signed with a key not known yet.
                ConfigurationManager = _provider,
                ClockSkew = ProviderClockSkew,
            };
        }
        catch (InvalidOperationException exception)
        {
            throw new Fault(FaultCode.Unavailable, "the identity provider does not answer", exception);
        }
    }
}
