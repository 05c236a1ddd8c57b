using System.Collections.Concurrent;
using Microsoft.AspNetCore.SignalR;
using Microsoft.Extensions.Logging;
using RooCoord.Infrastructure.PubSub;

namespace RooCoord.Infrastructure.Backplane;

/// <summary>
/// Makes the connections of several nodes one hub. Connections of this node are written to directly, others through Redis, in
/// the caller's order whatever the target. Sends to others are hints: without Redis they are lost, and nothing is thrown. What
/// asks for an answer from another node (a client result, a change of groups) fails with an <see cref="IOException"/> when Redis, the
/// node or the connection is away or goes. A client that does not read holds nobody up: it is aborted at <see cref="BackplaneOptions"/>' bounds.
/// </summary>
public partial class RedisHubLifetimeManager<THub> : HubLifetimeManager<THub>, IAsyncDisposable where THub : Hub
{
    private readonly PubSubConnection _pubSub;
    private readonly IHubProtocolResolver _protocols;
    private readonly BackplaneOptions _options;
    private readonly ILogger _logger;
    private readonly HubChannels _channels;
    private readonly Guid _node = Guid.NewGuid();
    private readonly ConcurrentDictionary<string, LocalConnection> _connections = new(StringComparer.Ordinal);
    private readonly Memberships _groups;
    private readonly Memberships _users;
    private readonly NodePulses _pulses = new();
    private readonly CancellationTokenSource _stopping = new();
    private readonly Lock _gate = new();
    private readonly Task _pulsing;
    private Task<bool> _ready;

    public RedisHubLifetimeManager(PubSubConnection pubSub, IHubProtocolResolver protocols,
        ILogger<RedisHubLifetimeManager<THub>> logger, BackplaneOptions? options = null)
    {
        (_pubSub, _protocols, _options, _logger) = (pubSub, protocols, options ?? new(), logger);
        _channels = pubSub.Channels.Hub(typeof(THub));
        _calls = new(_node);
        _groups = new(pubSub, _channels.Group, OnGroupFrame);
        _users = new(pubSub, _channels.User, OnUserFrame);
        pubSub.Restored += OnRestored;
        _ready = SubscribeNodeAsync();
        _pulsing = Task.Run(PulseAsync);
    }

    /// <inheritdoc/>
    /// <exception cref="IOException">Redis stands, but does not take this node's subscriptions.</exception>
    public override async Task OnConnectedAsync(HubConnectionContext connection)
    {
        var local = new LocalConnection(connection, _options, _logger) { OnReceived = OnConnectionFrame };
        _connections[local.Id] = local;
        connection.ConnectionAborted.UnsafeRegister(_ => EndCalls(local), null);

        List<Task<bool>> subscribed = [ReadyAsync(), _pubSub.SubscribeAsync(_channels.Connection(local.Id), local.Received, Patience)];
        if (connection.UserIdentifier is { } user) subscribed.Add(_users.JoinAsync(user, local, Patience));
        var stand = await Task.WhenAll(subscribed).ConfigureAwait(false);
        if (stand.All(stands => stands)) return;
        if (!_pubSub.IsConnected)
        {
            // It is subscribed as soon as Redis is back.
            BackplaneLog.OpenedAlone(_logger, local.Id);
            return;
        }
        Remove(local);
        throw new IOException("The connection cannot be opened: the backplane does not confirm this node's subscriptions.");
    }

    /// <inheritdoc/>
    public override Task OnDisconnectedAsync(HubConnectionContext connection)
    {
        if (_connections.TryGetValue(connection.ConnectionId, out var local)) Remove(local);
        return Task.CompletedTask;
    }

    private void Remove(LocalConnection local)
    {
        local.HasLeft = true;
        _connections.TryRemove(KeyValuePair.Create(local.Id, local));
        _pubSub.Unsubscribe(_channels.Connection(local.Id), local.Received);
        _groups.LeaveAll(local);
        _users.LeaveAll(local);
        EndCalls(local);
    }

    // Without Redis there is nothing to wait for.
    private TimeSpan Patience => _pubSub.IsConnected ? _options.SubscriptionPatience : TimeSpan.Zero;

    /// <summary>True once this node hears what is meant for it: before that, an answer would be lost.</summary>
    private Task<bool> ReadyAsync()
    {
        lock (_gate)
        {
            if (_ready is { IsCompletedSuccessfully: true, Result: false }) _ready = AwaitNodeAsync();
            return _ready;
        }
    }

    private async Task<bool> SubscribeNodeAsync()
    {
        var stand = await Task.WhenAll(
            _pubSub.SubscribeAsync(_channels.All, OnAllFrame, Patience),
            _pubSub.SubscribeAsync(_channels.Pulse, OnPulseFrame, Patience),
            _pubSub.SubscribeAsync(_channels.Node(NodeName), OnNodeFrame, Patience)).ConfigureAwait(false);
        return stand.All(stands => stands);
    }

    // They are wanted already: a second subscriber that does nothing learns when they stand.
    private async Task<bool> AwaitNodeAsync()
    {
        string[] channels = [_channels.All, _channels.Pulse, _channels.Node(NodeName)];
        var stand = await Task.WhenAll(channels.Select(channel => _pubSub.SubscribeAsync(channel, Ignore, Patience))).ConfigureAwait(false);
        foreach (var channel in channels) _pubSub.Unsubscribe(channel, Ignore);
        return stand.All(stands => stands);
    }

    private static void Ignore(byte[] payload) { }

    private string NodeName => _node.ToString("N");

    /// <summary>Says goodbye to the other nodes, whose calls to this one's connections fail at once, and ends the subscriptions.</summary>
    public async ValueTask DisposeAsync()
    {
        await DisposeAsyncCore().ConfigureAwait(false);
        GC.SuppressFinalize(this);
    }

    /// <summary>What <see cref="DisposeAsync"/> does.</summary>
    protected virtual async ValueTask DisposeAsyncCore()
    {
        if (_stopping.IsCancellationRequested) return;
        await _stopping.CancelAsync().ConfigureAwait(false);
        await _pulsing.ConfigureAwait(false);
        _pubSub.Restored -= OnRestored;
        await HintAndWaitAsync(_channels.Pulse, new BackplaneFrame(FrameKind.Goodbye, _node).ToBytes()).ConfigureAwait(false);
        foreach (var (_, local) in _connections) Remove(local);
        _pubSub.Unsubscribe(_channels.All, OnAllFrame);
        _pubSub.Unsubscribe(_channels.Pulse, OnPulseFrame);
        _pubSub.Unsubscribe(_channels.Node(NodeName), OnNodeFrame);
        _calls.Fail(_ => true, _ => new IOException("This node is stopping."));
        _stopping.Dispose();
    }
}
