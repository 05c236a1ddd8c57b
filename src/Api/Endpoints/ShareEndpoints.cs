using System.Net;
using System.Net.Sockets;
using MediatR;
using RooCoord.Api.Auth;
using RooCoord.Api.Downloads;
using RooCoord.Application.Shares;
using RooCoord.Contracts;
using RooCoord.Domain;

namespace RooCoord.Api.Endpoints;

/// <summary><c>/api/v1/files/{id}/shares</c>, and <c>/s</c>, where their links lead.</summary>
internal static class ShareEndpoints
{
    public const string PasswordHeader = "X-Share-Password";

    public static void MapShares(this IEndpointRouteBuilder endpoints)
    {
        var shares = endpoints.MapGroup("/api/v1/files/{id}/shares").WithTags("Shares");
        shares.MapPost("/", async (string id, ShareDraft? body, HttpContext http, IMediator mediator) =>
        {
            var created = await mediator.Send(new CreateShare(http.Caller(), id, body ?? new(null, null, null)));
            return TypedResults.Created((string?)null, created);
        });
        shares.MapGet("/", (string id, HttpContext http, IMediator mediator) => mediator.Send(new ListShares(http.Caller(), id)));
        shares.MapDelete("/{shareId}", async (string id, string shareId, HttpContext http, IMediator mediator) =>
        {
            await mediator.Send(new DeleteShare(http.Caller(), id, shareId));
            return TypedResults.NoContent();
        });

        var links = endpoints.MapGroup("/s").AllowAnonymous().WithTags("Shares").AddEndpointFilter(Discreetly);
        links.MapGet("/{token}", (string token, HttpContext http, IMediator mediator) => FollowAsync(token, Header(http.Request), http, mediator));
        links.MapPost("/{token}", async (string token, HttpContext http, IMediator mediator) =>
            await FollowAsync(token, await PasswordForm.ReadAsync(http.Request, http.RequestAborted) ?? Header(http.Request), http, mediator));
        links.MapMethods("/{token}", [HttpMethods.Head], async (string token, HttpContext http, IMediator mediator) => new ContentResult(
            await mediator.Send(new PeekShare(token, Header(http.Request), Address(http), ContentHeaders.Read(http.Request)), http.RequestAborted)));
        links.MapMethods("/g/{grant}", [HttpMethods.Get, HttpMethods.Head], async (string grant, HttpContext http, IMediator mediator) =>
            new ContentResult(await mediator.Send(new OpenGrant(grant, ContentHeaders.Read(http.Request)), http.RequestAborted)));
    }

    // The address is the secret: it goes nowhere from here.
    private static ValueTask<object?> Discreetly(EndpointFilterInvocationContext context, EndpointFilterDelegate next)
    {
        // At the last moment: the exception handler clears headers that were set before.
        context.HttpContext.Response.OnStarting(static state =>
        {
            var headers = ((HttpResponse)state).Headers;
            headers["Referrer-Policy"] = "no-referrer";
            headers["X-Robots-Tag"] = "noindex";
            return Task.CompletedTask;
        }, context.HttpContext.Response);
        return next(context);
    }

    private static async Task<IResult> FollowAsync(string token, string? password, HttpContext http, IMediator mediator)
    {
        http.Response.Headers.CacheControl = "no-store";
        try
        {
            var grant = await mediator.Send(new FollowShare(token, password, Address(http)), http.RequestAborted);
            http.Response.Headers.Location = $"{http.RequestServices.GetRequiredService<PublicAddress>().PathPrefix}/s/g/{grant}";
            return TypedResults.StatusCode(StatusCodes.Status303SeeOther);
        }
        catch (Fault fault) when (fault.Code == FaultCode.Forbidden && PasswordForm.IsWanted(http.Request))
        {
            return PasswordForm.Show(http, fault.Message);
        }
    }

    private static string? Header(HttpRequest request) => request.Headers[PasswordHeader] is { Count: > 0 } header ? header.ToString() : null;

    // Of IPv6 the network: whoever has one has as many addresses as they like.
    private static string Address(HttpContext http) => http.Connection.RemoteIpAddress switch
    {
        null => "",
        { AddressFamily: AddressFamily.InterNetworkV6, IsIPv4MappedToIPv6: false } six => new IPAddress([.. six.GetAddressBytes()[..8], 0, 0, 0, 0, 0, 0, 0, 0]).ToString(),
        var address => address.MapToIPv4().ToString(),
    };
}
