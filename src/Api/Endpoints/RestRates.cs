using RooCoord.Api.Errors;
using RooCoord.Application;
using RooCoord.Application.Rates;

namespace RooCoord.Api.Endpoints;

/// <summary>Counts REST calls of whoever brought an accepted token; the hub counts its own, call by call, and opening it is none.</summary>
internal static class RestRates
{
    public static void UseCallRates(this IApplicationBuilder app) => app.Use((context, next) =>
    {
        if (context.Features.Get<Caller>() is not { } caller || context.Request.Path.StartsWithSegments("/hubs", StringComparison.Ordinal)) return next(context);
        if (context.GetEndpoint()?.Metadata.GetMetadata<Uncounted>() is not null) return next(context);
        var kind = context.GetEndpoint()?.Metadata.GetMetadata<Sends>() is null ? CallKind.Other : CallKind.Send;
        var refusal = context.RequestServices.GetRequiredService<CallRates>().Refusal(caller, kind);
        return refusal is null ? next(context) : FaultTranslation.WriteAsync(context, refusal);
    });

    /// <summary>Marks the endpoint that counts as a <c>Send</c>.</summary>
    public static void CountsAsSend(this IEndpointConventionBuilder endpoint) => endpoint.WithMetadata(new Sends());

    /// <summary>Marks an endpoint that is never refused for the number of calls.</summary>
    public static void IsNotCounted(this IEndpointConventionBuilder endpoint) => endpoint.WithMetadata(new Uncounted());

    private sealed class Sends;

    private sealed class Uncounted;
}
