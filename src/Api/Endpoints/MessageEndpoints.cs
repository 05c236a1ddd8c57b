using MediatR;
using RooCoord.Api.Auth;
using RooCoord.Application.Messages;
using RooCoord.Contracts;

namespace RooCoord.Api.Endpoints;

/// <summary><c>/api/v1/messages</c>.</summary>
internal static class MessageEndpoints
{
    public static void MapMessages(this IEndpointRouteBuilder endpoints)
    {
        var messages = endpoints.MapGroup("/api/v1/messages").WithTags("Messages");
        messages.MapPost("/", (MessageDraft body, HttpContext http, IMediator mediator) => mediator.Send(new SendMessage(http.Caller(), body))).CountsAsSend();
    }
}
