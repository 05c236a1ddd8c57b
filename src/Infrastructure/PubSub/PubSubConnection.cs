using Microsoft.Extensions.Logging;
using Polly;
using Polly.Retry;

namespace RooCoord.Infrastructure.PubSub;

/// <summary>
/// This process's connection to what carries messages between nodes, for publishing and hearing. Publishing keeps the order of the calls, whatever the channel.
/// What arrives is handed on in the order of arrival over all channels, one at a time: a handler must not block. At most once:
/// what is published while the connection is lost, or while 64 MiB wait to be read, is lost, and <see cref="Restored"/> tells so.
/// </summary>
public sealed partial class PubSubConnection : IAsyncDisposable
{
    private const long InboxBytes = 64 * 1024 * 1024;
    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(1);

    private readonly PubSubOptions _options;
    private readonly ILogger<PubSubConnection> _logger;
    private readonly ResiliencePipeline _opening;
    private readonly PubSubInbox _inbox;
    private readonly string _echoChannel;
    private readonly Lock _gate = new();
    private readonly Dictionary<string, Subscription> _wanted = new(StringComparer.Ordinal);
    private readonly CancellationTokenSource _stopping = new();
    private readonly TaskCompletionSource _tried = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private Task _running = Task.CompletedTask;
    // Where subscriptions are asked for; the same as _ready, but for the moment until those wanted stand.
    private PubSubLine? _line;
    private volatile PubSubLine? _ready;
    private bool _isRestoreDue;

    public PubSubConnection(PubSubOptions options, ILogger<PubSubConnection> logger)
    {
        (_options, _logger) = (options, logger);
        _inbox = new(InboxBytes, () => Restored?.Invoke(), logger);
        _opening = Opening();
        Channels = new(options.Prefix);
        _echoChannel = Channels.Echo(Guid.NewGuid().ToString("N"));
    }

    /// <summary>Of what carries the messages, for people.</summary>
    public string Name => _options.Name;

    /// <summary>The names.</summary>
    public PubSubChannels Channels { get; }

    /// <summary>Whether both the publishing and the subscribing line stand. A frozen server is noticed after at most 5 s.</summary>
    public bool IsConnected => _ready is { HasFallen: false };

    /// <summary>
    /// After a lost (or at first missing) connection is there and every wanted subscription stands, and after the inbox had to drop
    /// something and is empty: what was published meanwhile is lost. Called in line with what arrives; must not block.
    /// </summary>
    public event Action? Restored;

    /// <summary>Connects. A server that is away is no failure: it is tried for until it is there.</summary>
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
    /// <exception cref="PubSubUnavailableException">Not connected (at once), or no answer within 2 s; then it may have been published or not.</exception>
    public Task<long> PublishAsync(string channel, byte[] payload) =>
        _ready is { HasFallen: false } line ? line.PublishAsync(channel, payload) : Task.FromException<long>(new PubSubUnavailableException());

    /// <summary>Publishes, and waits for nothing; false when not connected, or too much waits already.</summary>
    public bool Post(string channel, byte[] payload) => _ready is { HasFallen: false } line && line.Post(channel, payload);

    private void Ask(Subscription subscription)
    {
        if (_line is not { HasFallen: false } line || subscription.IsAsked || subscription.Standing.IsCompleted) return;
        subscription.IsAsked = true;
        _ = AskAsync(line, subscription);
    }

    private async Task AskAsync(PubSubLine line, Subscription subscription)
    {
        var stands = await line.SubscribeAsync(subscription.Channel, payload => _inbox.Add(subscription, payload)).ConfigureAwait(false);
        lock (_gate)
        {
            if (line != _line) return;
            subscription.IsAsked = false;
            if (stands) subscription.Stands();
            else LogNotSubscribed(_logger, _options.Name, subscription.Channel);
        }
    }

    private async Task RunAsync()
    {
        try
        {
            while (true)
            {
                try
                {
                    using var line = await _opening.ExecuteAsync(async token => await _options.OpenAsync(_echoChannel, token).ConfigureAwait(false), _stopping.Token).ConfigureAwait(false);
                    await ServeAsync(line).ConfigureAwait(false);
                }
                catch (Exception exception) when (!_stopping.IsCancellationRequested) { LogBroken(_logger, _options.Name, exception); }
                _isRestoreDue = true;
                await Task.Delay(FirstPause, _stopping.Token).ConfigureAwait(false);
            }
        }
        catch (OperationCanceledException) when (_stopping.IsCancellationRequested) { _tried.TrySetResult(); }
    }

    // Until it is there, and not in step with the other nodes, which lost it at the same moment.
    private ResiliencePipeline Opening() => new ResiliencePipelineBuilder().AddRetry(new RetryStrategyOptions
    {
        ShouldHandle = new PredicateBuilder().Handle<PubSubUnavailableException>(),
        MaxRetryAttempts = int.MaxValue,
        Delay = FirstPause,
        MaxDelay = LongestPause,
        BackoffType = DelayBackoffType.Exponential,
        UseJitter = true,
        OnRetry = failed =>
        {
            if (!_isRestoreDue) LogAway(_logger, _options.Name, failed.Outcome.Exception!);
            _isRestoreDue = true;
            _tried.TrySetResult();
            return ValueTask.CompletedTask;
        },
    }).Build();

    private async Task ServeAsync(PubSubLine line)
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
            // One that is refused must not keep the others away.
            try { await Task.WhenAll(standing).WaitAsync(PubSubLine.Patience, _stopping.Token).ConfigureAwait(false); }
            catch (TimeoutException) { /* It is asked for again. */ }
            _ready = line;
            LogConnected(_logger, _options.Name, standing.Length);
            Beat();
            _tried.TrySetResult();
            await line.WatchAsync(Beat, _stopping.Token).ConfigureAwait(false);
            LogLost(_logger, _options.Name);
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

    public async ValueTask DisposeAsync()
    {
        if (_stopping.IsCancellationRequested) return;
        await _stopping.CancelAsync().ConfigureAwait(false);
        await _running.ConfigureAwait(false);
        await _inbox.DisposeAsync().ConfigureAwait(false);
        _stopping.Dispose();
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "{Carrier}: connected; {Subscriptions} subscriptions")]
    private static partial void LogConnected(ILogger logger, string carrier, int subscriptions);

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Carrier}: the connection is lost or silent; this node goes on alone until it is back")]
    private static partial void LogLost(ILogger logger, string carrier);

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Carrier}: away; this node goes on alone and keeps trying")]
    private static partial void LogAway(ILogger logger, string carrier, Exception exception);

    [LoggerMessage(Level = LogLevel.Error, Message = "{Carrier}: the connection ended in a way that was not foreseen; it is tried again")]
    private static partial void LogBroken(ILogger logger, string carrier, Exception exception);

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Carrier}: the subscription to {Channel} was not taken; it is tried again")]
    private static partial void LogNotSubscribed(ILogger logger, string carrier, string channel);
}
