using MediatR;
using RooCoord.Api.Auth;
using RooCoord.Application.Admin;

namespace RooCoord.Api.Endpoints;

/// <summary><c>/api/v1/admin</c>: metadata of all users, for admins; who may pass is decided, and every call noted, by <see cref="IAdminRequest"/>.</summary>
internal static class AdminEndpoints
{
    public static void MapAdmin(this IEndpointRouteBuilder endpoints)
    {
        var admin = endpoints.MapGroup("/api/v1/admin").WithTags("Admin");
        admin.MapGet("/users", (string? q, string? after, int? limit, HttpContext http, IMediator mediator) =>
            mediator.Send(new ListUsers(http.Caller(), q, after, limit)));
        admin.MapGet("/users/{id}", (string id, HttpContext http, IMediator mediator) => mediator.Send(new GetUser(http.Caller(), UserIds.Of(id))));
        admin.MapGet("/users/{id}/devices", (string id, HttpContext http, IMediator mediator) => mediator.Send(new ListUserDevices(http.Caller(), UserIds.Of(id))));
        admin.MapPost("/users/{id}/disable", (string id, HttpContext http, IMediator mediator) => mediator.Send(new DisableUser(http.Caller(), UserIds.Of(id))));
        admin.MapPost("/users/{id}/enable", (string id, HttpContext http, IMediator mediator) => mediator.Send(new EnableUser(http.Caller(), UserIds.Of(id))));
        admin.MapPost("/users/{id}/revoke-tokens", (string id, HttpContext http, IMediator mediator) => mediator.Send(new RevokeUserTokens(http.Caller(), UserIds.Of(id))));
        admin.MapDelete("/users/{id}", async (string id, HttpContext http, IMediator mediator) =>
            AccountEndpoints.Answer(await mediator.Send(new EraseUser(http.Caller(), UserIds.Of(id)))));
        admin.MapGet("/audit", (string? before, int? limit, HttpContext http, IMediator mediator) => mediator.Send(new ReadAudit(http.Caller(), before, limit)));
    }
}
