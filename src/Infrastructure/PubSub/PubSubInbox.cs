using System.Threading.Channels;
using Microsoft.Extensions.Logging;

namespace RooCoord.Infrastructure.PubSub;

/// <summary>
/// What arrived, handed on one by one in the order of arrival, whatever the channel. Over <paramref name="capacity"/> bytes
/// nothing more is taken until it is empty again; then <paramref name="overflowed"/> is called.
/// </summary>
internal sealed partial class PubSubInbox(long capacity, Action overflowed, ILogger logger) : IAsyncDisposable
{
    // A frame's array, its place here and the channel's queue node.
    private const int Overhead = 100;
    private readonly Channel<(Subscription? From, byte[] Payload, Action? Call)> _arrived =
        Channel.CreateUnbounded<(Subscription?, byte[], Action?)>(new() { SingleReader = true });
    private Task _reading = Task.CompletedTask;
    private long _bytes;
    private long _dropped;

    public void Start() => _reading = Task.Run(ReadAsync);

    public void Add(Subscription from, byte[] payload)
    {
        var size = payload.Length + Overhead;
        if (Interlocked.Read(ref _dropped) > 0 || Interlocked.Read(ref _bytes) + size > capacity)
        {
            if (Interlocked.Increment(ref _dropped) == 1) LogOverflow(logger, capacity);
            // Without an item behind it nobody would see that the inbox is empty.
            Call(static () => { });
            return;
        }
        Interlocked.Add(ref _bytes, size);
        _arrived.Writer.TryWrite((from, payload, null));
    }

    /// <summary>Calls in line with what arrived before.</summary>
    public void Call(Action call) => _arrived.Writer.TryWrite((null, [], call));

    private async Task ReadAsync()
    {
        await foreach (var (from, payload, call) in _arrived.Reader.ReadAllAsync().ConfigureAwait(false))
        {
            if (call is not null) Invoke(call);
            else
            {
                foreach (var received in from!.Received) Invoke(received, from.Channel, payload);
                Interlocked.Add(ref _bytes, -payload.Length - Overhead);
            }
            if (Interlocked.Read(ref _dropped) == 0 || Interlocked.Read(ref _bytes) > 0) continue;
            LogDrained(logger, Interlocked.Exchange(ref _dropped, 0));
            Invoke(overflowed);
        }
    }

    private void Invoke(Action<byte[]> received, string channel, byte[] payload)
    {
        try { received(payload); }
        catch (Exception exception) { LogFailed(logger, channel, exception); }
    }

    private void Invoke(Action call)
    {
        try { call(); }
        catch (Exception exception) { LogFailed(logger, "", exception); }
    }

    public async ValueTask DisposeAsync()
    {
        _arrived.Writer.TryComplete();
        await _reading.ConfigureAwait(false);
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "More than {Capacity} bytes from other nodes wait to be read; what comes next is dropped until they are")]
    private static partial void LogOverflow(ILogger logger, long capacity);

    [LoggerMessage(Level = LogLevel.Warning, Message = "What had come from other nodes is read; {Dropped} that came meanwhile were dropped")]
    private static partial void LogDrained(ILogger logger, long dropped);

    [LoggerMessage(Level = LogLevel.Error, Message = "What came on {Channel} was not handled")]
    private static partial void LogFailed(ILogger logger, string channel, Exception exception);
}
