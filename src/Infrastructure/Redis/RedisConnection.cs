using Microsoft.Extensions.Logging;
using StackExchange.Redis;

namespace RooCoord.Infrastructure.Redis;

/// <summary>
/// This process's connection to Redis, for publishing and hearing. Publishing keeps the order of the calls, whatever the channel.
/// What arrives is handed on in the order of arrival over all channels, one at a time: a handler must not block. At most once:
/// what is published while the connection is lost, or while 64 MiB wait to be read, is lost, and <see cref="Restored"/> tells so.
/// </summary>
public sealed partial class RedisConnection : IAsyncDisposable
{
    private const long InboxBytes = 64 * 1024 * 1024;
    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(1);

    private readonly RedisOptions _options;
    private readonly ILogger<RedisConnection> _logger;
    private readonly RedisInbox _inbox;
    private readonly string _echoChannel;
    private readonly Lock _gate = new();
    private readonly Dictionary<string, Subscription> _wanted = new(StringComparer.Ordinal);
    private readonly CancellationTokenSource _stopping = new();
    private readonly TaskCompletionSource _tried = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private Task _running = Task.CompletedTask;
    // Where subscriptions are asked for; the same as _ready, but for the moment until those wanted stand.
    private RedisLine? _line;
    private volatile RedisLine? _ready;
    private bool _isRestoreDue;

    public RedisConnection(RedisOptions options, ILogger<RedisConnection> logger)
    {
        (_options, _logger) = (options, logger);
        _inbox = new(InboxBytes, () => Restored?.Invoke(), logger);
        Channels = new(options.Prefix);
        _echoChannel = Channels.Echo(Guid.NewGuid().ToString("N"));
    }

    /// <summary>The names.</summary>
    public RedisChannels Channels { get; }

    /// <summary>Whether both the publishing and the subscribing line stand. A frozen Redis is noticed after at most 5 s.</summary>
    public bool IsConnected => _ready is { HasFallen: false };

    /// <summary>
    /// After a lost (or at first missing) connection is there and every wanted subscription stands, and after the inbox had to drop
    /// something and is empty: what was published meanwhile is lost. Called in line with what arrives; must not block.
    /// </summary>
    public event Action? Restored;

    /// <summary>Connects. A Redis that is away is no failure: it is tried for until it is there.</summary>
    public Task StartAsync(CancellationToken cancellationToken)
    {
        _inbox.Start();
        _running = Task.Run(RunAsync, CancellationToken.None);
        return _tried.Task.WaitAsync(cancellationToken);
    }

    /// <summary>
    /// Has <paramref name="received"/> called for everything on the channel from now on until <see cref="Unsubscribe"/>. False when it does
    /// not stand after <paramref name="patience"/>: it is tried for all the same. Many at once cost few round trips.
    /// </summary>
    public async Task<bool> SubscribeAsync(string channel, Action<byte[]> received, TimeSpan patience)
    {
        Task standing;
        lock (_gate)
        {
            if (!_wanted.TryGetValue(channel, out var subscription)) _wanted[channel] = subscription = new(channel);
            subscription.Add(received);
            Ask(subscription);
            standing = subscription.Standing;
        }
        if (standing.IsCompleted) return true;
        try
        {
            await standing.WaitAsync(patience).ConfigureAwait(false);
            return true;
        }
        catch (TimeoutException)
        {
            return false;
        }
    }

    /// <summary>Ends what <see cref="SubscribeAsync"/> began with the same two; nothing of it: nothing happens.</summary>
    public void Unsubscribe(string channel, Action<byte[]> received)
    {
        lock (_gate)
        {
            if (!_wanted.TryGetValue(channel, out var subscription) || subscription.Remove(received)) return;
            _wanted.Remove(channel);
            _line?.Unsubscribe(channel);
        }
    }

    /// <summary>Publishes; how many nodes' subscriptions got it.</summary>
    /// <exception cref="RedisUnavailableException">Not connected (at once), or no answer within 2 s; then it may have been published or not.</exception>
    public Task<long> PublishAsync(string channel, byte[] payload) =>
        _ready is { HasFallen: false } line ? line.PublishAsync(channel, payload) : Task.FromException<long>(new RedisUnavailableException());

    private void Ask(Subscription subscription)
    {
        if (_line is not { HasFallen: false } line || subscription.IsAsked || subscription.Standing.IsCompleted) return;
        subscription.IsAsked = true;
        _ = AskAsync(line, subscription);
    }

    private async Task AskAsync(RedisLine line, Subscription subscription)
    {
        var stands = await line.SubscribeAsync(subscription.Channel, payload => _inbox.Add(subscription, payload)).ConfigureAwait(false);
        lock (_gate)
        {
            if (line != _line) return;
            subscription.IsAsked = false;
            if (stands) subscription.Stands();
            else LogNotSubscribed(_logger, subscription.Channel);
        }
    }

    private async Task RunAsync()
    {
        var options = LineOptions();
        for (var pause = FirstPause; !_stopping.IsCancellationRequested;)
        {
            try
            {
                using var line = await RedisLine.OpenAsync(options, _echoChannel, _stopping.Token).ConfigureAwait(false);
                pause = FirstPause;
                await ServeAsync(line).ConfigureAwait(false);
            }
            catch (RedisUnavailableException exception)
            {
                if (!_isRestoreDue) LogAway(_logger, exception);
            }
            catch (OperationCanceledException) when (_stopping.IsCancellationRequested) { break; }
            catch (Exception exception) { LogBroken(_logger, exception); }
            _isRestoreDue = true;
            _tried.TrySetResult();
            try { await Task.Delay(pause, _stopping.Token).ConfigureAwait(false); }
            catch (OperationCanceledException) { break; }
            pause = pause * 2 < LongestPause ? pause * 2 : LongestPause;
        }
        _tried.TrySetResult();
    }

    private async Task ServeAsync(RedisLine line)
    {
        try
        {
            Task[] standing;
            lock (_gate)
            {
                _line = line;
                foreach (var subscription in _wanted.Values) Ask(subscription);
                standing = [.. _wanted.Values.Select(s => s.Standing)];
            }
            // One that Redis refuses must not keep the others away.
            try { await Task.WhenAll(standing).WaitAsync(RedisLine.Patience, _stopping.Token).ConfigureAwait(false); }
            catch (TimeoutException) { }
            _ready = line;
            LogConnected(_logger, standing.Length);
            Beat();
            _tried.TrySetResult();
            await line.WatchAsync(_echoChannel, Beat, _stopping.Token).ConfigureAwait(false);
            LogLost(_logger);
        }
        finally
        {
            lock (_gate)
            {
                _line = _ready = null;
                foreach (var subscription in _wanted.Values) subscription.Fell();
            }
        }
    }

    private void Beat()
    {
        lock (_gate)
        {
            foreach (var subscription in _wanted.Values) Ask(subscription);
            if (!_isRestoreDue || _wanted.Values.Any(s => !s.Standing.IsCompleted)) return;
            _isRestoreDue = false;
        }
        _inbox.Call(() => Restored?.Invoke());
    }

    private ConfigurationOptions LineOptions()
    {
        var options = ConfigurationOptions.Parse(_options.Configuration);
        (options.AbortOnConnectFail, options.ConnectRetry, options.ConnectTimeout) = (true, 1, (int)RedisLine.Patience.TotalMilliseconds);
        (options.KeepAlive, options.SyncTimeout, options.ResponseTimeout) = (3, 5000, 5000);
        (options.TieBreaker, options.ConfigurationChannel) = ("", "");
        return options;
    }

    public async ValueTask DisposeAsync()
    {
        if (_stopping.IsCancellationRequested) return;
        await _stopping.CancelAsync().ConfigureAwait(false);
        await _running.ConfigureAwait(false);
        await _inbox.DisposeAsync().ConfigureAwait(false);
        _stopping.Dispose();
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "Redis is connected; {Subscriptions} subscriptions")]
    private static partial void LogConnected(ILogger logger, int subscriptions);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The connection to Redis is lost or Redis is silent; this node goes on alone until it is back")]
    private static partial void LogLost(ILogger logger);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Redis is away; this node goes on alone and keeps trying")]
    private static partial void LogAway(ILogger logger, Exception exception);

    [LoggerMessage(Level = LogLevel.Error, Message = "The connection to Redis ended in a way that was not foreseen; it is tried again")]
    private static partial void LogBroken(ILogger logger, Exception exception);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Redis did not take the subscription to {Channel}; it is tried again")]
    private static partial void LogNotSubscribed(ILogger logger, string channel);
}
