using MediatR;
using RooCoord.Api.Auth;
using RooCoord.Application.Messages;
using RooCoord.Contracts;

namespace RooCoord.Api.Endpoints;

/// <summary><c>/api/v1/messages</c> and <c>/api/v1/deadletters</c>.</summary>
internal static class MessageEndpoints
{
    public static void MapMessages(this IEndpointRouteBuilder endpoints)
    {
        var messages = endpoints.MapGroup("/api/v1/messages").WithTags("Messages");
        messages.MapPost("/", (MessageDraft body, HttpContext http, IMediator mediator) => mediator.Send(new SendMessage(http.Caller(), body))).CountsAsSend();
        messages.MapGet("/", (string? device, string? state, string? type, string? before, int? limit, HttpContext http, IMediator mediator) =>
            mediator.Send(new ListMessages(http.Caller(), device, state, type, before, limit)));
        messages.MapGet("/{id}", (string id, HttpContext http, IMediator mediator) => mediator.Send(new GetMessage(http.Caller(), id)));

        var letters = endpoints.MapGroup("/api/v1/deadletters").WithTags("Dead letters");
        letters.MapGet("/", (string? device, string? before, int? limit, HttpContext http, IMediator mediator) =>
            mediator.Send(new ListDeadLetters(http.Caller(), device, before, limit)));
        letters.MapPost("/{deliveryId}/redrive", (string deliveryId, HttpContext http, IMediator mediator) =>
            mediator.Send(new RedriveDeadLetter(http.Caller(), deliveryId)));
        letters.MapDelete("/{deliveryId}", async (string deliveryId, HttpContext http, IMediator mediator) =>
        {
            await mediator.Send(new PurgeDeadLetter(http.Caller(), deliveryId));
            return TypedResults.NoContent();
        });
    }
}
