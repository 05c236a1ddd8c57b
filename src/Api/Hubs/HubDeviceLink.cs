using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.SignalR;
using Microsoft.AspNetCore.SignalR.Protocol;
using RooCoord.Application;
using RooCoord.Application.Messages;
using RooCoord.Application.Sessions;
using RooCoord.Contracts;
using Entry = RooCoord.Domain.Messages.Entry;

namespace RooCoord.Api.Hubs;

/// <summary>The wire to a device: its hub connection.</summary>
internal sealed class HubDeviceLink(HubConnectionContext connection, RooCoordMeter meter) : IDeviceLink
{
    private static readonly TimeSpan Farewell = TimeSpan.FromSeconds(1);

    private readonly ClientCalls _calls = connection.Features.GetRequiredFeature<ClientCalls>();
    private int _ended;

    public string ConnectionId => connection.ConnectionId;

    public async Task DeliverAsync(IReadOnlyList<Entry> entries)
    {
        meter.Delivered(entries.Count);
        await connection.WriteAsync(new EnvelopeBatch(entries), connection.ConnectionAborted).ConfigureAwait(false);
    }

    public async Task SessionStartedAsync(SessionStarted session)
    {
        await InvokeAsync(nameof(IDeviceClient.SessionStarted), session).ConfigureAwait(false);
        _calls.Open();
    }

    public Task WithdrawnAsync(string messageId) => InvokeAsync(nameof(IDeviceClient.Withdrawn), messageId);

    public Task ReceiptAsync(ReceiptFor receipt) => InvokeAsync(
        nameof(IDeviceClient.Receipt),
        new Receipt(receipt.MessageId, receipt.DeviceId, receipt.Seq, DeliveryStates.Word(receipt.State), receipt.At, receipt.Reason));

    public Task<JsonText> CallAsync(string method, JsonText body, CancellationToken cancellationToken) =>
        _calls.InvokeAsync(nameof(IDeviceClient.OnCall), [method, body], cancellationToken);

    public Task TokenExpiringAsync(DateTimeOffset at) => InvokeAsync(nameof(IDeviceClient.TokenExpiring), at);

    public Task DrainingAsync(int reconnectAfterMs) => InvokeAsync(nameof(IDeviceClient.Draining), reconnectAfterMs);

    public async Task CloseAsync(TimeSpan patience)
    {
        try { await connection.Features.GetRequiredFeature<OpenCalls>().CloseAsync().WaitAsync(patience).ConfigureAwait(false); }
        catch (TimeoutException) { /* What is not answered by now is sent again on the next connection. */ }
        if (Interlocked.Exchange(ref _ended, 1) == 0) RequestClose();
    }

    public void End(string reason)
    {
        _calls.End();
        if (Interlocked.Exchange(ref _ended, 1) == 0) _ = EndAsync(reason);
    }

    private async Task EndAsync(string reason)
    {
        // A socket that takes nothing takes no farewell either.
        if (reason == SessionEndReasons.Slow)
        {
            connection.GetHttpContext()?.Abort();
            return;
        }
        try
        {
            await InvokeAsync(nameof(IDeviceClient.SessionEnded), reason).WaitAsync(Farewell).ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is TimeoutException or OperationCanceledException or IOException or InvalidOperationException)
        {
            connection.GetHttpContext()?.Abort();
            return;
        }
        // Both close with SignalR's Close message; the first lets the client reconnect, the second does not.
        if (reason == SessionEndReasons.Expired) RequestClose();
        else connection.Abort();
    }

    private void RequestClose() => connection.Features.GetRequiredFeature<IConnectionLifetimeNotificationFeature>().RequestClose();

    private Task InvokeAsync(string method, object argument) => connection.WriteAsync(new InvocationMessage(method, [argument])).AsTask();
}
