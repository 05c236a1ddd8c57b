using System.Globalization;
using RooCoord.Application;
using RooCoord.Application.Files;

namespace RooCoord.Api.Endpoints;

/// <summary>What every request and answer below <c>/api/v1/uploads</c> has in common, whoever makes the answer: the version, and to OPTIONS what this server can do.</summary>
internal static class TusAnswers
{
    public static void UseTusAnswers(this IApplicationBuilder app) => app.Use((context, next) =>
    {
        // At the last moment: the exception handler clears headers that were set before.
        if (context.Request.Path.StartsWithSegments(Tus.Path, StringComparison.OrdinalIgnoreCase))
        {
            context.Response.OnStarting(Stamp, context);
            // The end of a connection may be known before the bytes that came ahead of it are read: they are kept all the same.
            context.RequestAborted = CancellationToken.None;
        }
        return next(context);
    });

    private static Task Stamp(object state)
    {
        var context = (HttpContext)state;
        var headers = context.Response.Headers;
        headers["Tus-Resumable"] = Tus.Version;
        if (HttpMethods.IsHead(context.Request.Method)) headers.CacheControl = "no-store";
        var asked = HttpMethods.IsOptions(context.Request.Method);
        // Here 412 means one thing: the client speaks another version.
        if (asked || context.Response.StatusCode == StatusCodes.Status412PreconditionFailed) headers["Tus-Version"] = Tus.Version;
        if (!asked) return Task.CompletedTask;
        headers["Tus-Extension"] = Tus.Extensions;
        headers["Tus-Checksum-Algorithm"] = ChunkChecksum.Algorithms;
        var limit = context.RequestServices.GetRequiredService<Limits>().FileBytes;
        if (limit > 0) headers["Tus-Max-Size"] = limit.ToString(CultureInfo.InvariantCulture);
        return Task.CompletedTask;
    }
}
