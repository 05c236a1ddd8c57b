using MediatR;
using RooCoord.Api.Auth;
using RooCoord.Application.Devices;
using RooCoord.Contracts;

namespace RooCoord.Api.Endpoints;

/// <summary><c>/api/v1/devices</c>.</summary>
internal static class DeviceEndpoints
{
    public static void MapDevices(this IEndpointRouteBuilder endpoints)
    {
        var devices = endpoints.MapGroup("/api/v1/devices").WithTags("Devices");
        devices.MapPost("/", async (DeviceRegistration body, HttpContext http, IMediator mediator) =>
        {
            var registered = await mediator.Send(new RegisterDevice(http.Caller(), body));
            return TypedResults.Created($"/api/v1/devices/{registered.Device.Id}", registered);
        }).RequireAuthorization(Policies.User);
        devices.MapPost("/token", (RefreshRequest body, IMediator mediator) => mediator.Send(new RefreshCredential(body.RefreshToken))).AllowAnonymous();
        devices.MapPost("/{id}/credential", (string id, HttpContext http, IMediator mediator) =>
            mediator.Send(new IssueCredential(http.Caller(), id))).RequireAuthorization(Policies.User);
        devices.MapGet("/", (string? type, string? capability, string? status, string? platform, HttpContext http, IMediator mediator) =>
            mediator.Send(new ListDevices(http.Caller(), type, capability, status, platform)));
        devices.MapGet("/{id}", (string id, HttpContext http, IMediator mediator) => mediator.Send(new GetDevice(http.Caller(), id)));
        devices.MapPatch("/{id}", (string id, DevicePatch body, HttpContext http, IMediator mediator) =>
            mediator.Send(new PatchDevice(http.Caller(), id, body)));
        devices.MapDelete("/{id}", async (string id, HttpContext http, IMediator mediator) =>
        {
            await mediator.Send(new RevokeDevice(http.Caller(), id));
            return TypedResults.NoContent();
        });
    }
}
