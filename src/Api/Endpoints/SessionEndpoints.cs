using MediatR;
using RooCoord.Api.Auth;
using RooCoord.Application.Sessions;

namespace RooCoord.Api.Endpoints;

/// <summary><c>/api/v1/sessions</c>.</summary>
internal static class SessionEndpoints
{
    public static void MapSessions(this IEndpointRouteBuilder endpoints)
    {
        var sessions = endpoints.MapGroup("/api/v1/sessions").WithTags("Sessions").RequireAuthorization(Policies.User);
        sessions.MapGet("/", (HttpContext http, IMediator mediator) => mediator.Send(new ListSessions(http.Caller())));
        sessions.MapDelete("/", (HttpContext http, IMediator mediator) => EndAsync(http, mediator, null));
        sessions.MapDelete("/{id}", (string id, HttpContext http, IMediator mediator) => EndAsync(http, mediator, id));
    }

    private static async Task<IResult> EndAsync(HttpContext http, IMediator mediator, string? id)
    {
        await mediator.Send(new EndSessions(http.Caller(), id));
        return TypedResults.NoContent();
    }
}
