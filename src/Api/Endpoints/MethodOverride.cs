namespace RooCoord.Api.Endpoints;

/// <summary><c>X-HTTP-Method-Override</c> on POST, for clients whose network lets only GET and POST through (tus 1.0.0).</summary>
internal static class MethodOverride
{
    private static readonly HashSet<string> Allowed = new(StringComparer.OrdinalIgnoreCase) { HttpMethods.Patch, HttpMethods.Delete, HttpMethods.Head, HttpMethods.Options };

    public static void UseMethodOverride(this IApplicationBuilder app) => app.Use((context, next) =>
    {
        var request = context.Request;
        if (HttpMethods.IsPost(request.Method) && request.Path.StartsWithSegments("/api/v1/uploads", StringComparison.Ordinal)
            && request.Headers.TryGetValue("X-HTTP-Method-Override", out var method) && Allowed.TryGetValue(method.ToString(), out var known))
            request.Method = known;
        return next(context);
    });
}
