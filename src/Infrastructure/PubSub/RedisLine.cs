using StackExchange.Redis;

namespace RooCoord.Infrastructure.PubSub;

/// <summary>By way of Redis: PUBLISH and SUBSCRIBE.</summary>
internal sealed class RedisLine : PubSubLine
{
    private static readonly TimeSpan ConnectPatience = TimeSpan.FromSeconds(3);

    private readonly ConnectionMultiplexer _redis;
    private readonly ISubscriber _subscriber;

    private RedisLine(ConnectionMultiplexer redis, string echoChannel) : base(echoChannel)
    {
        _redis = redis;
        _redis.PreserveAsyncOrder = true;
        _subscriber = redis.GetSubscriber();
        redis.ConnectionFailed += (_, _) => Fall();
    }

    /// <summary>Opens both connections and hears itself through them.</summary>
    /// <exception cref="PubSubUnavailableException">Not within a few seconds.</exception>
    public static async Task<PubSubLine> OpenAsync(RedisOptions options, string echoChannel, CancellationToken cancellationToken)
    {
        var connecting = ConnectionMultiplexer.ConnectAsync(Configuration(options));
        RedisLine line;
        try
        {
            line = new(await connecting.WaitAsync(ConnectPatience, cancellationToken).ConfigureAwait(false), echoChannel);
        }
        catch (Exception exception)
        {
            // One that succeeds after all must not stay open.
            _ = connecting.ContinueWith(done => Close(done.Result), CancellationToken.None, TaskContinuationOptions.OnlyOnRanToCompletion, TaskScheduler.Default);
            if (exception is OperationCanceledException) throw;
            throw new PubSubUnavailableException("Redis cannot be reached", exception);
        }
        await line.BeginAsync(cancellationToken).ConfigureAwait(false);
        return line;
    }

    public override async Task<bool> SubscribeAsync(string channel, Action<byte[]> received)
    {
        void Arrived(RedisChannel _, RedisValue value)
        {
            if (!HasFallen) received(value!);
        }

        try
        {
            await _subscriber.SubscribeAsync(Literal(channel), Arrived).WaitAsync(Patience).ConfigureAwait(false);
            // When no connection was ready, the library says "done" as well, and nothing was sent.
            if (_subscriber.SubscribedEndpoint(Literal(channel)) is not null) return true;
        }
        catch (Exception exception) when (IsAway(exception)) { /* Not confirmed. */ }
        // Its own alone: somebody may have asked for the channel anew.
        Unsubscribe(channel, Arrived);
        return false;
    }

    public override void Unsubscribe(string channel) => Unsubscribe(channel, null);

    private void Unsubscribe(string channel, Action<RedisChannel, RedisValue>? arrived)
    {
        try { _subscriber.UnsubscribeAsync(Literal(channel), arrived, CommandFlags.FireAndForget); }
        catch (Exception exception) when (IsAway(exception)) { /* It ends with the connection. */ }
    }

    // Without the mode, a name with '*' in it is a pattern.
    private static RedisChannel Literal(string channel) => new(channel, RedisChannel.PatternMode.Literal);

    public override async Task<long> PublishAsync(string channel, byte[] payload)
    {
        try
        {
            return await _subscriber.PublishAsync(Literal(channel), payload).WaitAsync(Patience).ConfigureAwait(false);
        }
        catch (Exception exception) when (IsAway(exception))
        {
            throw new PubSubUnavailableException("Redis did not take the message", exception);
        }
    }

    public override bool Post(string channel, byte[] payload)
    {
        try
        {
            _subscriber.Publish(Literal(channel), payload, CommandFlags.FireAndForget);
            return true;
        }
        catch (Exception exception) when (IsAway(exception))
        {
            return false;
        }
    }

    private static ConfigurationOptions Configuration(RedisOptions given)
    {
        var options = ConfigurationOptions.Parse(given.Configuration);
        (options.AbortOnConnectFail, options.ConnectRetry, options.ConnectTimeout) = (true, 1, (int)Patience.TotalMilliseconds);
        (options.KeepAlive, options.SyncTimeout, options.ResponseTimeout) = (3, 5000, 5000);
        (options.TieBreaker, options.ConfigurationChannel) = ("", "");
        return options;
    }

    private static bool IsAway(Exception exception) =>
        exception is RedisException or TimeoutException or ObjectDisposedException or InvalidOperationException or IOException or OperationCanceledException;

    public override void Dispose()
    {
        base.Dispose();
        // Closing flushes, which a frozen Redis can hold up.
        _ = Task.Run(() => Close(_redis));
    }

    private static void Close(ConnectionMultiplexer redis)
    {
        try { redis.Close(allowCommandsToComplete: false); }
        catch (Exception exception) when (IsAway(exception)) { /* Closed all the same. */ }
    }
}
