using Microsoft.AspNetCore.Http.Connections;
using RooCoord.Api.Auth;
using RooCoord.Application;

namespace RooCoord.Api.Hubs;

/// <summary>
/// Negotiation that no node remembers: it offers WebSockets only, and the upgrade opens a connection of its own on
/// whichever node it reaches, because the id the client was told is dropped from its query.
/// </summary>
internal static class StatelessNegotiation
{
    // As long as ConnectionWatch waits: a socket that takes nothing is cut whoever writes to it.
    private static readonly TimeSpan SlowAfter = TimeSpan.FromSeconds(30);

    public static void MapDeviceHub(this IEndpointRouteBuilder endpoints)
    {
        // Ahead of the hub's own /negotiate.
        endpoints.MapPost("/hubs/devices/negotiate", Negotiate).WithOrder(-1)
            .RequireAuthorization(Policies.Device).RequireCors(Operations.Cors.Hubs).ExcludeFromDescription();
        endpoints.MapHub<DeviceHub>("/hubs/devices", options =>
        {
            options.Transports = HttpTransportType.WebSockets;
            options.TransportSendTimeout = SlowAfter;
            // The session ends by itself, later when the client refreshes its token.
            options.CloseOnAuthenticationExpiration = false;
        }).RequireCors(Operations.Cors.Hubs);
    }

    public static void UseStatelessUpgrade(this IApplicationBuilder app) => app.Use((context, next) =>
    {
        if (context.Request.Path.StartsWithSegments("/hubs", StringComparison.Ordinal) && context.Request.Query.ContainsKey("id"))
            context.Request.QueryString = QueryString.Create(context.Request.Query.Where(p => p.Key != "id"));
        return next(context);
    });

    private static object Negotiate()
    {
        var id = Ids.New();
        return new
        {
            negotiateVersion = 1,
            connectionId = id,
            connectionToken = id,
            availableTransports = new[] { new { transport = "WebSockets", transferFormats = new[] { "Text", "Binary" } } },
        };
    }
}
