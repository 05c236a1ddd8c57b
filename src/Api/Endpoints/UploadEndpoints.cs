using System.Globalization;
using MediatR;
using RooCoord.Api.Auth;
using RooCoord.Application;
using RooCoord.Application.Files;
using RooCoord.Domain;
using RooCoord.Domain.Files;

namespace RooCoord.Api.Endpoints;

/// <summary><c>/api/v1/uploads</c>: tus 1.0.0 with all its extensions.</summary>
internal static class UploadEndpoints
{
    public static void MapUploads(this IEndpointRouteBuilder endpoints)
    {
        var uploads = endpoints.MapGroup(Tus.Path).WithTags("Uploads").AddEndpointFilter(RequireVersion);
        uploads.MapPost("/", CreateAsync);
        // Stock clients take 429 on their way back to an upload for its end.
        uploads.MapMethods("/{id}", [HttpMethods.Head], HeadAsync).IsNotCounted();
        uploads.MapPatch("/{id}", PatchAsync);
        uploads.MapDelete("/{id}", async (string id, HttpContext http, IMediator mediator) =>
        {
            await mediator.Send(new TerminateUpload(http.Caller(), id));
            return TypedResults.NoContent();
        });
    }

    private static ValueTask<object?> RequireVersion(EndpointFilterInvocationContext context, EndpointFilterDelegate next) =>
        context.HttpContext.Request.Headers["Tus-Resumable"] == Tus.Version
            ? next(context)
            : throw new Fault(FaultCode.PreconditionFailed, $"`Tus-Resumable` must be {Tus.Version}");

    private static async Task<IResult> CreateAsync(HttpContext http, IMediator mediator)
    {
        Tus.AllowLongBody(http);
        var (request, caller) = (http.Request, http.Caller());
        var withChunk = Tus.BringsChunk(request);
        var checksum = withChunk ? Tus.Checksum(request) : null;
        var creation = Creation(request, caller);
        if (request.ContentLength > creation.Length) throw Fault.TooLarge("the body is longer than the upload");
        var upload = await mediator.Send(creation, http.RequestAborted);
        // Also on an answer that refuses the body: the upload is there, and may go on.
        http.Response.OnStarting(() =>
        {
            http.Response.Headers.Location = $"{Tus.Path}/{upload.Id}";
            Tus.Expires(http.Response, upload.State == UploadState.Uploading ? upload.ExpiresAt : null);
            return Task.CompletedTask;
        });
        if (withChunk && upload.State == UploadState.Uploading)
        {
            // The store may have met the user only now.
            upload = await mediator.Send(
                new AppendChunk(caller with { UserKey = upload.UserKey }, upload.Id, 0, new UploadBody(request.BodyReader), checksum, null, request.ContentLength), http.RequestAborted);
        }
        if (withChunk) http.Response.Headers["Upload-Offset"] = upload.Received.ToString(CultureInfo.InvariantCulture);
        Tus.Tell(http.Response, upload);
        return TypedResults.StatusCode(StatusCodes.Status201Created);
    }

    private static CreateUpload Creation(HttpRequest request, Caller caller)
    {
        var length = Tus.Number(request, "Upload-Length");
        var defer = request.Headers["Upload-Defer-Length"];
        var concat = request.Headers["Upload-Concat"].ToString();
        var metadata = request.Headers["Upload-Metadata"] is { Count: > 0 } header ? header.ToString() : null;
        if (concat.StartsWith("final;", StringComparison.Ordinal))
        {
            if (length is not null || defer.Count > 0) throw Fault.Invalid("a final upload has the length of its parts");
            return new(caller, null, metadata, UploadKind.Final, concat, [.. concat["final;".Length..].Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(PartId)]);
        }
        if (concat.Length > 0 && concat != "partial") throw Fault.Invalid("`Upload-Concat` must be `partial` or `final;` and the parts");
        if (defer.Count > 0 && (defer != "1" || length is not null)) throw Fault.Invalid("`Upload-Defer-Length` must be 1, and stand without `Upload-Length`");
        if (length is null && defer.Count == 0) throw Fault.Invalid("`Upload-Length` or `Upload-Defer-Length` is required");
        return new(caller, length, metadata, concat.Length > 0 ? UploadKind.Partial : UploadKind.Plain, null, []);
    }

    // Relative to this resource, a path, or a whole address, of whatever name and folder this server goes by.
    private static string PartId(string part)
    {
        if (part.All(c => c is > ' ' and < '\x7f') && Uri.TryCreate(new($"http://server{Tus.Path}"), part, out var address) && address.Scheme is "http" or "https"
            && address.AbsolutePath.LastIndexOf($"{Tus.Path}/", StringComparison.Ordinal) is >= 0 and var at)
            return address.AbsolutePath[(at + Tus.Path.Length + 1)..];
        throw Fault.Invalid("`Upload-Concat` must name uploads of this server");
    }

    private static async Task<IResult> HeadAsync(string id, HttpContext http, IMediator mediator)
    {
        var upload = await mediator.Send(new GetUpload(http.Caller(), id), http.RequestAborted);
        var headers = http.Response.Headers;
        if (upload.Kind != UploadKind.Final || upload.State == UploadState.Completed) headers["Upload-Offset"] = upload.Received.ToString(CultureInfo.InvariantCulture);
        if (upload.Length is { } length) headers["Upload-Length"] = length.ToString(CultureInfo.InvariantCulture);
        else headers["Upload-Defer-Length"] = "1";
        if (upload.Metadata.Header is { } metadata) headers["Upload-Metadata"] = metadata;
        if (upload.Kind != UploadKind.Plain) headers["Upload-Concat"] = upload.Parts ?? "partial";
        Tus.Tell(http.Response, upload);
        return TypedResults.Ok();
    }

    private static async Task<IResult> PatchAsync(string id, HttpContext http, IMediator mediator)
    {
        try
        {
            return await AppendAsync(id, http, mediator);
        }
        catch (Fault)
        {
            // An answer that refuses tells it as well. At the last moment: the exception handler clears headers that were set before.
            var expiresAt = await mediator.Send(new GetUploadExpiry(http.Caller(), id), CancellationToken.None);
            http.Response.OnStarting(() =>
            {
                Tus.Expires(http.Response, expiresAt);
                return Task.CompletedTask;
            });
            throw;
        }
    }

    private static async Task<IResult> AppendAsync(string id, HttpContext http, IMediator mediator)
    {
        Tus.AllowLongBody(http);
        var request = http.Request;
        if (!Tus.BringsChunk(request)) throw new Fault(FaultCode.UnsupportedType, $"the body must be {Tus.ChunkType}");
        var offset = Tus.Number(request, "Upload-Offset") ?? throw Fault.Invalid("`Upload-Offset` is required");
        var upload = await mediator.Send(
            new AppendChunk(http.Caller(), id, offset, new UploadBody(request.BodyReader), Tus.Checksum(request), Tus.Number(request, "Upload-Length"), request.ContentLength), http.RequestAborted);
        http.Response.Headers["Upload-Offset"] = upload.Received.ToString(CultureInfo.InvariantCulture);
        Tus.Tell(http.Response, upload);
        return TypedResults.NoContent();
    }
}
