using MediatR;
using RooCoord.Api.Auth;
using RooCoord.Application.Files;
using RooCoord.Contracts;

namespace RooCoord.Api.Endpoints;

/// <summary><c>/api/v1/files</c>: what is said of files, their versions, who may see them.</summary>
internal static class FileEndpoints
{
    public static void MapFiles(this IEndpointRouteBuilder endpoints)
    {
        var files = endpoints.MapGroup("/api/v1/files").WithTags("Files");
        files.MapGet("/", ([AsParameters] SearchQuery query, HttpContext http, IMediator mediator) =>
            mediator.Send(new SearchFiles(http.Caller(), query.ToSearch(), query.Cursor, query.Limit), http.RequestAborted));
        files.MapGet("/{id}", async (string id, HttpContext http, IMediator mediator) =>
            Tagged(http, await mediator.Send(new GetFile(http.Caller(), id), http.RequestAborted)));
        files.MapPatch("/{id}", async (string id, FilePatch body, HttpContext http, IMediator mediator) =>
            Tagged(http, await mediator.Send(new PatchFile(http.Caller(), id, body, IfMatch(http)))));
        files.MapDelete("/{id}", async (string id, HttpContext http, IMediator mediator) =>
        {
            await mediator.Send(new DeleteFile(http.Caller(), id, IfMatch(http)));
            return TypedResults.NoContent();
        });
        MapHistory(files);
        MapPermissions(files.MapGroup("/{id}/permissions"));
    }

    private static void MapHistory(RouteGroupBuilder files)
    {
        files.MapGet("/{id}/versions", (string id, string? cursor, int? limit, HttpContext http, IMediator mediator) =>
            mediator.Send(new ListVersions(http.Caller(), id, cursor, limit), http.RequestAborted));
        files.MapPost("/{id}/versions/{version:long}/restore", async (string id, long version, HttpContext http, IMediator mediator) =>
            Tagged(http, await mediator.Send(new RestoreVersion(http.Caller(), id, version, IfMatch(http)))));
        files.MapGet("/{id}/audit", (string id, string? cursor, int? limit, HttpContext http, IMediator mediator) =>
            mediator.Send(new ReadFileAudit(http.Caller(), id, cursor, limit), http.RequestAborted));
    }

    private static void MapPermissions(RouteGroupBuilder permissions)
    {
        permissions.MapGet("/", (string id, HttpContext http, IMediator mediator) => mediator.Send(new ListPermissions(http.Caller(), id), http.RequestAborted));
        permissions.MapGet("/{userId}", (string id, string userId, HttpContext http, IMediator mediator) =>
            mediator.Send(new GetPermission(http.Caller(), id, UserIds.Of(userId)), http.RequestAborted));
        permissions.MapPut("/{userId}", (string id, string userId, PermissionGrant body, HttpContext http, IMediator mediator) =>
            mediator.Send(new GrantPermission(http.Caller(), id, UserIds.Of(userId), body)));
        permissions.MapDelete("/{userId}", async (string id, string userId, HttpContext http, IMediator mediator) =>
        {
            await mediator.Send(new RevokePermission(http.Caller(), id, UserIds.Of(userId)));
            return TypedResults.NoContent();
        });
    }

    private static IResult Tagged(HttpContext http, TaggedFile file)
    {
        http.Response.Headers.ETag = file.ETag;
        return TypedResults.Ok(file.File);
    }

    private static string? IfMatch(HttpContext http) => http.Request.Headers.IfMatch is { Count: > 0 } header ? header.ToString() : null;

    /// <summary>The query of a search.</summary>
    internal sealed record SearchQuery(
        string? Q, string? Type, string[]? Tag, long? MinSize, long? MaxSize, string? After, string? Before, string? Owner, string? Sort, int? Limit, string? Cursor)
    {
        public FileSearch ToSearch() => new(Q, Type, Tag ?? [], MinSize, MaxSize, After, Before, Owner, Sort);
    }
}
