using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authorization;
using RooCoord.Application;

namespace RooCoord.Api.Auth;

/// <summary>Who may enter where. Without a policy of its own an endpoint needs any accepted token.</summary>
internal static class Policies
{
    /// <summary>Device tokens only: the hub.</summary>
    public const string Device = "device";
    /// <summary>User tokens only.</summary>
    public const string User = "user";

    public static IServiceCollection AddBearerAuthentication(this IServiceCollection services, AuthOptions options)
    {
        services.AddSingleton(options);
        services.AddSingleton<BuiltInTokens>();
        services.AddSingleton<Application.Devices.ITokenIssuer>(p => p.GetRequiredService<BuiltInTokens>());
        services.AddSingleton<TokenAuthenticator>();
        services.AddAuthentication(BearerHandler.Scheme_).AddScheme<AuthenticationSchemeOptions, BearerHandler>(BearerHandler.Scheme_, null);
        services.AddAuthorizationBuilder()
            .SetFallbackPolicy(new AuthorizationPolicyBuilder().RequireAuthenticatedUser().Build())
            .AddPolicy(Device, p => p.RequireAuthenticatedUser().RequireAssertion(c => CallerOf(c)?.Device is not null))
            .AddPolicy(User, p => p.RequireAuthenticatedUser().RequireAssertion(c => CallerOf(c) is { Device: null }));
        return services;
    }

    private static Caller? CallerOf(AuthorizationHandlerContext context) => (context.Resource as HttpContext)?.Features.Get<Caller>();
}
