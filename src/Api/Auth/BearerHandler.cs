using Microsoft.AspNetCore.Http.Features;
using System.Security.Claims;
using System.Text.Encodings.Web;
using Microsoft.AspNetCore.Authentication;
using Microsoft.Extensions.Options;
using RooCoord.Api.Errors;
using RooCoord.Application;
using RooCoord.Domain;

namespace RooCoord.Api.Auth;

/// <summary>Authenticates requests by bearer token (RFC 6750): in the header, or on <c>/hubs/</c>, where browsers cannot set one, in the query.</summary>
internal sealed class BearerHandler(
    IOptionsMonitor<AuthenticationSchemeOptions> options, ILoggerFactory logger, UrlEncoder encoder, TokenAuthenticator authenticator)
    : AuthenticationHandler<AuthenticationSchemeOptions>(options, logger, encoder)
{
    public const string Scheme_ = "Bearer";

    protected override async Task<AuthenticateResult> HandleAuthenticateAsync()
    {
        if (Token() is not { } token) return AuthenticateResult.NoResult();
        var caller = await authenticator.AuthenticateAsync(token, Context.RequestAborted).ConfigureAwait(false);
        if (caller is null) return AuthenticateResult.Fail("the token is not accepted");
        Context.Features.Set(caller);
        var identity = new ClaimsIdentity([new(ClaimTypes.NameIdentifier, caller.UserId)], Scheme.Name);
        return AuthenticateResult.Success(new(new ClaimsPrincipal(identity), Scheme.Name));
    }

    private string? Token()
    {
        const string prefix = "Bearer ";
        var header = Request.Headers.Authorization.ToString();
        if (header.StartsWith(prefix, StringComparison.OrdinalIgnoreCase)) return header[prefix.Length..].Trim();
        return Request.Path.StartsWithSegments("/hubs", StringComparison.Ordinal) && Request.Query["access_token"] is [{ Length: > 0 } token, ..] ? token : null;
    }

    protected override Task HandleChallengeAsync(AuthenticationProperties properties)
    {
        Response.Headers.WWWAuthenticate = "Bearer";
        return FaultTranslation.WriteAsync(Context, Fault.Unauthorized("a valid bearer token is required"));
    }

    protected override Task HandleForbiddenAsync(AuthenticationProperties properties) =>
        FaultTranslation.WriteAsync(Context, Fault.Forbidden("this token does not open this"));
}

/// <summary>Who is calling, for endpoints.</summary>
internal static class CallerOfRequest
{
    /// <summary>The caller of an authenticated request.</summary>
    public static Caller Caller(this HttpContext context) => context.Features.GetRequiredFeature<Caller>();
}
