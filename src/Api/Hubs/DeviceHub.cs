using System.Text.Json;
using Microsoft.AspNetCore.Http.Features;
using MediatR;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.SignalR;
using RooCoord.Api.Auth;
using RooCoord.Application;
using RooCoord.Application.Calls;
using RooCoord.Application.Devices;
using RooCoord.Application.Files;
using RooCoord.Application.Messages;
using RooCoord.Application.Sessions;
using RooCoord.Contracts;

namespace RooCoord.Api.Hubs;

/// <summary><c>/hubs/devices</c>: adds the caller and hands on.</summary>
[Authorize(Policies.Device)]
internal sealed class DeviceHub(IMediator mediator, TokenAuthenticator authenticator, RooCoordMeter meter) : Hub<IDeviceClient>, IDeviceHub
{
    private MailboxPump? _startAfterAnswer;
    private HubDeviceCalls? _calls;

    /// <summary>Where this call is counted, until it is answered.</summary>
    internal OpenCalls? Begun { get; set; }

    private DeviceConnection Connection => Context.Features.GetRequiredFeature<DeviceConnection>();

    /// <summary>The group of a user's connections.</summary>
    public static string GroupOf(long userKey) => $"user:{userKey}";

    public override async Task OnConnectedAsync()
    {
        var caller = Context.GetHttpContext()!.Caller();
        var link = new HubDeviceLink(Context.Features.GetRequiredFeature<HubConnectionContext>(), meter);
        Context.Features.Set(await mediator.Send(new OpenSession(caller, link)));
        Context.Features.Set(new ChunkOrder());
        await Groups.AddToGroupAsync(Context.ConnectionId, GroupOf(caller.UserKey));
    }

    public override async Task OnDisconnectedAsync(Exception? exception)
    {
        if (Context.Features.Get<DeviceConnection>() is { } connection) await mediator.Send(new CloseSession(connection));
    }

    public async Task<ResumeResult> Resume(WholeNumber after, WholeNumber window)
    {
        var resumed = await mediator.Send(new ResumeDelivery(Connection, after, window));
        if (resumed.First) _startAfterAnswer = Connection.Pump;
        return resumed.Position;
    }

    public Task<SendResult> Send(MessageDraft? message)
    {
        Connection.RequireCurrent();
        return mediator.Send(new SendMessage(Connection.Caller, message));
    }

    public async Task<long> UploadChunk(string? uploadId, WholeNumber offset, string? base64)
    {
        // Bytes only once it is their turn: those that wait take the memory of their text.
        var order = Context.Features.GetRequiredFeature<ChunkOrder>();
        var upload = await order.RunAsync(uploadId ?? "", base64?.Length ?? 0, () => mediator.Send(UploadChunks.Of(Connection.Caller, uploadId, offset, base64)));
        return upload.Received;
    }

    public Task Acknowledge(WholeNumber seq) => mediator.Send(new Acknowledge(Connection, seq));

    public Task Reject(WholeNumber seq, string? reason) => mediator.Send(new RejectEntry(Connection, seq, reason));

    public Task Retry(WholeNumber seq, double afterSeconds) => mediator.Send(new RetryEntry(Connection, seq, afterSeconds));

    public Task Working(WholeNumber seq) => mediator.Send(new MarkWorking(Connection, seq));

    public Task<bool> Claim(string? messageId) => mediator.Send(new ClaimMessage(Connection, messageId));

    public Task<JsonText> Call(string? device, string? method, JsonText body, double timeoutSeconds)
    {
        _calls = new(Clients, Context.Features.GetRequiredFeature<ClientCalls>());
        return mediator.Send(new CallDevice(Connection, _calls, device, method, body, timeoutSeconds), Context.ConnectionAborted);
    }

    public Task SetStatus(string? status) => mediator.Send(new SetStatus(Connection, status));

    public Task Report(JsonElement report) => mediator.Send(new ReportTelemetry(Connection, report));

    public Task<Page<Device>> ListDevices(DeviceFilter? filter)
    {
        Connection.RequireCurrent();
        return mediator.Send(Application.Devices.ListDevices.Of(Connection.Caller, filter));
    }

    public async Task RefreshToken(string? accessToken) =>
        await mediator.Send(new RefreshConnection(Connection, await authenticator.AuthenticateAsync(accessToken ?? "", Context.ConnectionAborted)));

    // SignalR disposes the hub once the answer is written: `Resume` answers before the first `Message`.
    protected override void Dispose(bool disposing)
    {
        _startAfterAnswer?.Start();
        _calls?.Dispose();
        Begun?.End();
        base.Dispose(disposing);
    }
}
