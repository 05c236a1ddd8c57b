using Microsoft.AspNetCore.SignalR;
using Microsoft.Extensions.Logging;

namespace RooCoord.Infrastructure.Backplane;

/// <summary>A connection of this node. Writing never waits: what the client has not read is bounded, and more than that ends it.</summary>
internal sealed partial class LocalConnection(HubConnectionContext context, BackplaneOptions options, ILogger logger)
{
    private int _messages;
    private long _bytes;
    private int _isGivenUp;
    private bool _hasLeft;

    public HubConnectionContext Context => context;
    public string Id => context.ConnectionId;

    /// <summary>It has gone and joins nothing more.</summary>
    public bool HasLeft
    {
        get => Volatile.Read(ref _hasLeft);
        set => Volatile.Write(ref _hasLeft, value);
    }

    /// <summary>Who hears what other nodes send to this connection.</summary>
    public required Action<LocalConnection, byte[]> OnReceived { get; init; }

    public void Received(byte[] payload) => OnReceived(this, payload);

    /// <summary>Calls keep their order: the connection lets waiting writers in one by one, first come, first served.</summary>
    public void Write(SerializedHubMessage message)
    {
        if (Volatile.Read(ref _isGivenUp) != 0) return;
        var size = 0;
        try
        {
            size = message.GetSerializedMessage(context.Protocol).Length;
            var (messages, bytes) = (Interlocked.Increment(ref _messages), Interlocked.Add(ref _bytes, size));
            if (messages > options.OutstandingMessages || (messages > 1 && bytes > options.OutstandingBytes))
            {
                GiveUp(messages, bytes);
                return;
            }
            var write = context.WriteAsync(message);
            if (write.IsCompletedSuccessfully) Written(size);
            else _ = WaitAsync(write, size);
        }
        catch (Exception exception)
        {
            // One connection's trouble is not its neighbours'.
            LogFailed(logger, Id, exception);
            if (size > 0) Written(size);
        }
    }

    private async Task WaitAsync(ValueTask write, int size)
    {
        try { await write.ConfigureAwait(false); }
        catch (Exception exception) { LogFailed(logger, Id, exception); }
        Written(size);
    }

    private void Written(int size)
    {
        Interlocked.Decrement(ref _messages);
        Interlocked.Add(ref _bytes, -size);
    }

    private void GiveUp(int messages, long bytes)
    {
        if (Interlocked.Exchange(ref _isGivenUp, 1) != 0) return;
        LogGivenUp(logger, Id, messages, bytes);
        context.Abort();
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "Connection {Id} does not read: {Messages} messages of {Bytes} bytes wait for it; it is aborted")]
    private static partial void LogGivenUp(ILogger logger, string id, int messages, long bytes);

    [LoggerMessage(Level = LogLevel.Warning, Message = "A message was not written to connection {Id}")]
    private static partial void LogFailed(ILogger logger, string id, Exception exception);
}
