using Microsoft.AspNetCore.Cors.Infrastructure;

namespace RooCoord.Api.Operations;

/// <summary>
/// Option <c>RooCoord:Cors:Origins</c> (comma separated, default <c>*</c>). The hub answers an origin by its name and with
/// credentials, because stock SignalR clients ask so; nothing here reads or sets cookies, so that gives nothing away.
/// </summary>
internal static class Cors
{
    /// <summary>Policy of the hubs.</summary>
    public const string Hubs = "hubs";

    private static readonly string[] Exposed = [
        "Location", "Retry-After", "WWW-Authenticate", "ETag", "Content-Location", "Content-Disposition", "Content-Range", "Accept-Ranges", "Last-Modified", "Repr-Digest",
        "Tus-Resumable", "Tus-Version", "Tus-Extension", "Tus-Max-Size", "Tus-Checksum-Algorithm",
        "Upload-Offset", "Upload-Length", "Upload-Defer-Length", "Upload-Metadata", "Upload-Expires", "Upload-Concat",
    ];

    public static IServiceCollection AddOrigins(this IServiceCollection services, string? origins)
    {
        string[] allowed = (origins ?? "*").Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        var any = allowed.Contains("*");
        return services.AddCors(options =>
        {
            options.AddDefaultPolicy(policy => Base(any ? policy.AllowAnyOrigin() : policy.WithOrigins(allowed)));
            options.AddPolicy(Hubs, policy => Base(policy.SetIsOriginAllowed(origin => any || allowed.Contains(origin, StringComparer.OrdinalIgnoreCase)).AllowCredentials()));
        });
    }

    private static void Base(CorsPolicyBuilder policy) =>
        policy.AllowAnyHeader().AllowAnyMethod().WithExposedHeaders(Exposed).SetPreflightMaxAge(TimeSpan.FromHours(1));
}
