namespace RooCoord.Api.Endpoints;

/// <summary>
/// <c>X-HTTP-Method-Override</c>, for clients whose network lets only some methods through. As tus 1.0.0 wants it, the method it
/// stands in for does not matter; one that is not known here is left to the actual one.
/// </summary>
internal static class MethodOverride
{
    private static readonly HashSet<string> Known = new(StringComparer.OrdinalIgnoreCase)
    {
        HttpMethods.Post, HttpMethods.Patch, HttpMethods.Delete, HttpMethods.Head, HttpMethods.Options,
    };

    public static void UseMethodOverride(this IApplicationBuilder app) => app.Use((context, next) =>
    {
        var request = context.Request;
        if (request.Path.StartsWithSegments(Tus.Path, StringComparison.Ordinal)
            && request.Headers.TryGetValue("X-HTTP-Method-Override", out var method) && Known.TryGetValue(method.ToString(), out var known))
            request.Method = known;
        return next(context);
    });
}
