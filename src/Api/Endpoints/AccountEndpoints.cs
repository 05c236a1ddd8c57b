using MediatR;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Mvc;
using RooCoord.Api.Auth;
using RooCoord.Application.Accounts;
using RooCoord.Contracts;

namespace RooCoord.Api.Endpoints;

/// <summary><c>/api/v1/export</c> and <c>/api/v1/account</c>: all of one user's data, for that user.</summary>
internal static class AccountEndpoints
{
    public static void MapAccount(this IEndpointRouteBuilder endpoints)
    {
        var account = endpoints.MapGroup("/api/v1").WithTags("Account").RequireAuthorization(Policies.User);
        account.MapGet("/export", (HttpContext http, IMediator mediator) => ExportAsync(http, mediator));
        account.MapDelete("/account", async ([FromBody] AccountErasure body, HttpContext http, IMediator mediator) =>
            Answer(await mediator.Send(new EraseAccount(http.Caller(), body.Confirm))));
    }

    /// <summary>204 once all is removed, 202 while it goes on.</summary>
    public static IResult Answer(ErasureState state) => state.State == "erased" ? TypedResults.NoContent() : TypedResults.Accepted((string?)null, state);

    private static Task ExportAsync(HttpContext http, IMediator mediator)
    {
        // A zip's headers are written synchronously, a few bytes an entry; contents are not.
        if (http.Features.Get<IHttpBodyControlFeature>() is { } body) body.AllowSynchronousIO = true;
        http.Response.ContentType = "application/zip";
        http.Response.Headers.ContentDisposition = "attachment; filename=\"roocoord-export.zip\"";
        http.Response.Headers.CacheControl = "no-store";
        return mediator.Send(new ExportAccount(http.Caller(), http.Response.Body), http.RequestAborted);
    }
}
