using RooCoord.Api.Errors;
using RooCoord.Application.Sessions;
using RooCoord.Domain;

namespace RooCoord.Api.Hubs;

/// <summary>Refuses negotiation and upgrade while the server is stopping: clients come back elsewhere, or here once it runs again.</summary>
internal static class DrainGate
{
    public static void UseDrainGate(this IApplicationBuilder app) => app.Use((context, next) =>
        context.Request.Path.StartsWithSegments("/hubs", StringComparison.Ordinal) && context.RequestServices.GetRequiredService<Drain>().Begun
            ? FaultTranslation.WriteAsync(context, new Fault(FaultCode.Unavailable, "the server is stopping"))
            : next(context));
}
