using Microsoft.AspNetCore.Http.Features;
using System.Buffers;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.SignalR;
using Microsoft.AspNetCore.SignalR.Protocol;
using Microsoft.Extensions.ObjectPool;
using RooCoord.Application;
using RooCoord.Application.Sessions;
using RooCoord.Contracts;
using Entry = RooCoord.Domain.Messages.Entry;

namespace RooCoord.Api.Hubs;

/// <summary>The wire to a device: its hub connection.</summary>
internal sealed class HubDeviceLink(HubConnectionContext connection, RooCoordMeter meter) : IDeviceLink
{
    private static readonly TimeSpan Farewell = TimeSpan.FromSeconds(1);
    private static readonly ObjectPool<ArrayBufferWriter<byte>> Buffers = ObjectPool.Create(new BufferPolicy());

    private int _ended;

    public string ConnectionId => connection.ConnectionId;

    public async Task DeliverAsync(IReadOnlyList<Entry> entries)
    {
        var buffer = Buffers.Get();
        try
        {
            EnvelopeWriter.Write(entries, buffer);
            meter.Delivered(entries.Count);
            await connection.WriteAsync(new SerializedHubMessage([new(connection.Protocol.Name, buffer.WrittenMemory)]), connection.ConnectionAborted).ConfigureAwait(false);
        }
        finally
        {
            Buffers.Return(buffer);
        }
    }

    public Task SessionStartedAsync(SessionStarted session) => InvokeAsync(nameof(IDeviceClient.SessionStarted), session);

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

    // A large batch's buffer is not kept: a pool of them would hold megabytes on an idle server.
    private sealed class BufferPolicy : PooledObjectPolicy<ArrayBufferWriter<byte>>
    {
        public override ArrayBufferWriter<byte> Create() => new(4096);

        public override bool Return(ArrayBufferWriter<byte> buffer)
        {
            buffer.ResetWrittenCount();
            return buffer.Capacity <= 128 * 1024;
        }
    }
}
