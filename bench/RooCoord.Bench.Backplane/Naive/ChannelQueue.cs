using System.Threading.Channels;
using StackExchange.Redis;

namespace RooCoord.Bench.Backplane.Naive;

/// <summary>One subscription: its messages are handled one after the other, and no other subscription's waits for them.</summary>
internal sealed class ChannelQueue
{
    private readonly ISubscriber _subscriber;
    private readonly RedisChannel _channel;
    private readonly Channel<byte[]> _arrived = Channel.CreateUnbounded<byte[]>(new() { SingleReader = true });

    private ChannelQueue(ISubscriber subscriber, string channel) =>
        (_subscriber, _channel) = (subscriber, new(channel, RedisChannel.PatternMode.Literal));

    /// <summary>Ends when Redis has taken the subscription.</summary>
    public static async Task<ChannelQueue> SubscribeAsync(ISubscriber subscriber, string channel, Func<byte[], Task> handle)
    {
        var queue = new ChannelQueue(subscriber, channel);
        _ = Task.Run(() => queue.HandleAsync(handle));
        await subscriber.SubscribeAsync(queue._channel, queue.Arrived);
        return queue;
    }

    public async Task UnsubscribeAsync()
    {
        await _subscriber.UnsubscribeAsync(_channel, Arrived);
        _arrived.Writer.TryComplete();
    }

    private void Arrived(RedisChannel channel, RedisValue value) => _arrived.Writer.TryWrite(value!);

    private async Task HandleAsync(Func<byte[], Task> handle)
    {
        await foreach (var payload in _arrived.Reader.ReadAllAsync())
        {
            try { await handle(payload); }
            catch (Exception exception) { await Console.Error.WriteLineAsync($"naive, {_channel}: {exception.Message}"); }
        }
    }
}
