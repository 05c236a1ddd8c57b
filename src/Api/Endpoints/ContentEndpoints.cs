using MediatR;
using RooCoord.Api.Auth;
using RooCoord.Api.Downloads;
using RooCoord.Application.Files;

namespace RooCoord.Api.Endpoints;

/// <summary><c>/api/v1/files/{id}/content</c>.</summary>
internal static class ContentEndpoints
{
    public static void MapContent(this IEndpointRouteBuilder endpoints) =>
        endpoints.MapMethods("/api/v1/files/{id}/content", [HttpMethods.Get, HttpMethods.Head], async (string id, long? version, HttpContext http, IMediator mediator) =>
            new ContentResult(await mediator.Send(new OpenContent(http.Caller(), id, version, ContentHeaders.Read(http.Request)), http.RequestAborted))).WithTags("Files");
}
