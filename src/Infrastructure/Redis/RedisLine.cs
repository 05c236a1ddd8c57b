using System.Buffers.Binary;
using StackExchange.Redis;

namespace RooCoord.Infrastructure.Redis;

/// <summary>
/// A publishing and a subscribing connection that live and fall together: the library's own reconnecting resubscribes without
/// saying whether it worked, so a line that fell is thrown away and a new one opened.
/// </summary>
internal sealed class RedisLine : IDisposable
{
    /// <summary>How long an answer may take.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan EchoPatience = TimeSpan.FromSeconds(3);
    private static readonly TimeSpan EchoInterval = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan SubscriberRetry = TimeSpan.FromMilliseconds(20);

    private readonly ConnectionMultiplexer _redis;
    private readonly ISubscriber _subscriber;
    private readonly TaskCompletionSource _fallen = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private (long Number, TaskCompletionSource Heard) _echo = (0, new());

    private RedisLine(ConnectionMultiplexer redis)
    {
        _redis = redis;
        _redis.PreserveAsyncOrder = true;
        _subscriber = redis.GetSubscriber();
        redis.ConnectionFailed += (_, _) => _fallen.TrySetResult();
    }

    public bool HasFallen => _fallen.Task.IsCompleted;

    /// <summary>Opens both connections and hears itself through them.</summary>
    /// <exception cref="RedisUnavailableException">Not within a few seconds.</exception>
    public static async Task<RedisLine> OpenAsync(ConfigurationOptions options, string echoChannel, CancellationToken cancellationToken)
    {
        var connecting = ConnectionMultiplexer.ConnectAsync(options);
        RedisLine line;
        try
        {
            line = new(await connecting.WaitAsync(EchoPatience, cancellationToken).ConfigureAwait(false));
        }
        catch (Exception exception)
        {
            // One that succeeds after all must not stay open.
            _ = connecting.ContinueWith(done => Close(done.Result), CancellationToken.None, TaskContinuationOptions.OnlyOnRanToCompletion, TaskScheduler.Default);
            if (exception is OperationCanceledException) throw;
            throw new RedisUnavailableException("Redis cannot be reached", exception);
        }
        try
        {
            using var deadline = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            deadline.CancelAfter(EchoPatience);
            // Connected means the publishing connection: the subscribing one follows by itself.
            while (!await line.SubscribeAsync(echoChannel, line.Heard).ConfigureAwait(false))
                await Task.Delay(SubscriberRetry, deadline.Token).ConfigureAwait(false);
            if (await line.EchoAsync(echoChannel).ConfigureAwait(false)) return line;
            throw new RedisUnavailableException("Redis does not pass messages on");
        }
        catch (Exception exception)
        {
            line.Dispose();
            if (exception is RedisUnavailableException || cancellationToken.IsCancellationRequested) throw;
            throw new RedisUnavailableException("Redis takes no subscription", exception);
        }
    }

    /// <summary>True when Redis confirmed it. What arrives is handed over in order, one at a time over all channels.</summary>
    public async Task<bool> SubscribeAsync(string channel, Action<byte[]> received)
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
        catch (Exception exception) when (IsAway(exception)) { }
        // Its own alone: somebody may have asked for the channel anew.
        Unsubscribe(channel, Arrived);
        return false;
    }

    /// <summary>Ends what <see cref="SubscribeAsync"/> began on the channel.</summary>
    public void Unsubscribe(string channel) => Unsubscribe(channel, null);

    private void Unsubscribe(string channel, Action<RedisChannel, RedisValue>? arrived)
    {
        try { _subscriber.UnsubscribeAsync(Literal(channel), arrived, CommandFlags.FireAndForget); }
        catch (Exception exception) when (IsAway(exception)) { }
    }

    // Without the mode, a name with '*' in it is a pattern.
    private static RedisChannel Literal(string channel) => new(channel, RedisChannel.PatternMode.Literal);

    /// <summary>Sent in the order of the calls; how many subscriptions got it.</summary>
    /// <exception cref="RedisUnavailableException">No answer within <see cref="Patience"/>.</exception>
    public async Task<long> PublishAsync(string channel, byte[] payload)
    {
        try
        {
            return await _subscriber.PublishAsync(Literal(channel), payload).WaitAsync(Patience).ConfigureAwait(false);
        }
        catch (Exception exception) when (IsAway(exception))
        {
            throw new RedisUnavailableException("Redis did not take the message", exception);
        }
    }

    /// <summary>Until the line has fallen: a connection broke, or this process did not hear itself for about 4 s. Calls <paramref name="beat"/> every second.</summary>
    public async Task WatchAsync(string echoChannel, Action beat, CancellationToken cancellationToken)
    {
        while (await EchoAsync(echoChannel).ConfigureAwait(false))
        {
            try
            {
                await _fallen.Task.WaitAsync(EchoInterval, cancellationToken).ConfigureAwait(false);
                return;
            }
            catch (TimeoutException) { beat(); }
        }
        _fallen.TrySetResult();
    }

    private async Task<bool> EchoAsync(string channel)
    {
        var (number, heard) = _echo = (_echo.Number + 1, new(TaskCreationOptions.RunContinuationsAsynchronously));
        var payload = new byte[sizeof(long)];
        BinaryPrimitives.WriteInt64LittleEndian(payload, number);
        try
        {
            await PublishAsync(channel, payload).ConfigureAwait(false);
            await heard.Task.WaitAsync(EchoPatience - Patience).ConfigureAwait(false);
            return !HasFallen;
        }
        catch (Exception exception) when (exception is RedisUnavailableException or TimeoutException)
        {
            return false;
        }
    }

    private void Heard(byte[] payload)
    {
        if (payload.Length == sizeof(long) && BinaryPrimitives.ReadInt64LittleEndian(payload) == _echo.Number) _echo.Heard.TrySetResult();
    }

    private static bool IsAway(Exception exception) =>
        exception is RedisException or TimeoutException or ObjectDisposedException or InvalidOperationException or IOException or OperationCanceledException;

    public void Dispose()
    {
        _fallen.TrySetResult();
        // Closing flushes, which a frozen Redis can hold up.
        _ = Task.Run(() => Close(_redis));
    }

    private static void Close(ConnectionMultiplexer redis)
    {
        try { redis.Close(allowCommandsToComplete: false); }
        catch (Exception exception) when (IsAway(exception)) { }
    }
}
