using System.Collections.Concurrent;
using Microsoft.AspNetCore.SignalR;
using Microsoft.AspNetCore.SignalR.Protocol;
using StackExchange.Redis;

namespace RooCoord.Bench.Backplane.Naive;

/// <summary>
/// The plain way to make the connections of several nodes one hub by Redis, for comparison: a channel for all and one for each
/// connection, group, user and node, each handled by itself. What is sent to many is published, and this node's members hear
/// it back. Writing to a channel's members is awaited before its next message.
/// </summary>
internal sealed partial class NaiveHubLifetimeManager<THub> : HubLifetimeManager<THub> where THub : Hub
{
    private readonly string _prefix;
    private readonly string _node = Guid.NewGuid().ToString("N");
    private readonly ISubscriber _subscriber;
    private readonly IHubProtocolResolver _protocols;
    private readonly ConcurrentDictionary<string, Member> _connections = new(StringComparer.Ordinal);
    private readonly ChannelMembers _groups;
    private readonly ChannelMembers _users;

    /// <param name="redis">Connected.</param>
    /// <param name="protocols">What clients may speak.</param>
    /// <param name="prefix">Begins the name of every channel.</param>
    public NaiveHubLifetimeManager(ConnectionMultiplexer redis, IHubProtocolResolver protocols, string prefix)
    {
        (_subscriber, _protocols, _prefix) = (redis.GetSubscriber(), protocols, prefix);
        (_groups, _users) = (new(_subscriber, WriteAsync), new(_subscriber, WriteAsync));
        Started = StartAsync();
    }

    /// <summary>Ends when the node hears what is meant for it. No call waits for it.</summary>
    public Task Started { get; }

    private string AllChannel => $"{_prefix}:all";
    private string ConnectionChannel(string id) => $"{_prefix}:connection:{id}";
    private string GroupChannel(string name) => $"{_prefix}:group:{name}";
    private string UserChannel(string id) => $"{_prefix}:user:{id}";
    private string NodeChannel(string node) => $"{_prefix}:node:{node}";

    private async Task StartAsync()
    {
        await ChannelQueue.SubscribeAsync(_subscriber, AllChannel, payload => WriteAsync(payload, _connections.Values.Select(member => member.Context)));
        await ChannelQueue.SubscribeAsync(_subscriber, NodeChannel(_node), OnNodeFrameAsync);
    }

    public override async Task OnConnectedAsync(HubConnectionContext connection)
    {
        var member = new Member(connection);
        _connections[connection.ConnectionId] = member;
        member.Queue = await ChannelQueue.SubscribeAsync(_subscriber, ConnectionChannel(connection.ConnectionId), payload => OnConnectionFrameAsync(member, payload));
        if (connection.UserIdentifier is { } user) await _users.JoinAsync(UserChannel(user), connection);
    }

    public override async Task OnDisconnectedAsync(HubConnectionContext connection)
    {
        if (!_connections.TryRemove(connection.ConnectionId, out var member)) return;
        if (member.Queue is { } queue) await queue.UnsubscribeAsync();
        foreach (var (group, _) in member.Groups) await _groups.LeaveAsync(GroupChannel(group), connection);
        if (connection.UserIdentifier is { } user) await _users.LeaveAsync(UserChannel(user), connection);
    }

    public override async Task AddToGroupAsync(string connectionId, string groupName, CancellationToken cancellationToken = default)
    {
        if (_connections.TryGetValue(connectionId, out var member)) await JoinAsync(member, groupName);
        else await ChangeElsewhereAsync(NaiveKind.Join, connectionId, groupName, cancellationToken);
    }

    public override async Task RemoveFromGroupAsync(string connectionId, string groupName, CancellationToken cancellationToken = default)
    {
        if (_connections.TryGetValue(connectionId, out var member)) await LeaveAsync(member, groupName);
        else await ChangeElsewhereAsync(NaiveKind.Leave, connectionId, groupName, cancellationToken);
    }

    private async Task JoinAsync(Member member, string group)
    {
        if (member.Groups.TryAdd(group, true)) await _groups.JoinAsync(GroupChannel(group), member.Context);
    }

    private async Task LeaveAsync(Member member, string group)
    {
        if (member.Groups.TryRemove(group, out _)) await _groups.LeaveAsync(GroupChannel(group), member.Context);
    }

    public override Task SendAllAsync(string methodName, object?[] args, CancellationToken cancellationToken = default) =>
        PublishAsync(AllChannel, methodName, args, []);

    public override Task SendAllExceptAsync(string methodName, object?[] args, IReadOnlyList<string> excludedConnectionIds, CancellationToken cancellationToken = default) =>
        PublishAsync(AllChannel, methodName, args, excludedConnectionIds);

    public override Task SendGroupAsync(string groupName, string methodName, object?[] args, CancellationToken cancellationToken = default) =>
        PublishAsync(GroupChannel(groupName), methodName, args, []);

    public override Task SendGroupExceptAsync(string groupName, string methodName, object?[] args, IReadOnlyList<string> excludedConnectionIds, CancellationToken cancellationToken = default) =>
        PublishAsync(GroupChannel(groupName), methodName, args, excludedConnectionIds);

    public override Task SendGroupsAsync(IReadOnlyList<string> groupNames, string methodName, object?[] args, CancellationToken cancellationToken = default) =>
        Task.WhenAll(groupNames.Select(name => SendGroupAsync(name, methodName, args, cancellationToken)));

    public override Task SendUserAsync(string userId, string methodName, object?[] args, CancellationToken cancellationToken = default) =>
        PublishAsync(UserChannel(userId), methodName, args, []);

    public override Task SendUsersAsync(IReadOnlyList<string> userIds, string methodName, object?[] args, CancellationToken cancellationToken = default) =>
        Task.WhenAll(userIds.Select(id => SendUserAsync(id, methodName, args, cancellationToken)));

    public override Task SendConnectionAsync(string connectionId, string methodName, object?[] args, CancellationToken cancellationToken = default) =>
        _connections.TryGetValue(connectionId, out var member)
            ? member.Context.WriteAsync(new SerializedHubMessage(new InvocationMessage(methodName, args)), cancellationToken).AsTask()
            : PublishAsync(ConnectionChannel(connectionId), methodName, args, []);

    public override Task SendConnectionsAsync(IReadOnlyList<string> connectionIds, string methodName, object?[] args, CancellationToken cancellationToken = default) =>
        Task.WhenAll(connectionIds.Select(id => SendConnectionAsync(id, methodName, args, cancellationToken)));

    private Task PublishAsync(string channel, string methodName, object?[] args, IReadOnlyList<string> excluded) =>
        PublishAsync(channel, new(NaiveKind.Message, "", "", "", excluded, Contents(new InvocationMessage(methodName, args))));

    private Task<long> PublishAsync(string channel, NaiveFrame frame) =>
        _subscriber.PublishAsync(new RedisChannel(channel, RedisChannel.PatternMode.Literal), frame.ToBytes());

    private SerializedMessage[] Contents(HubMessage message)
    {
        var all = _protocols.AllProtocols;
        var contents = new SerializedMessage[all.Count];
        for (var i = 0; i < contents.Length; i++) contents[i] = new(all[i].Name, all[i].GetMessageBytes(message));
        return contents;
    }

    private static Task WriteAsync(byte[] payload, IEnumerable<HubConnectionContext> connections)
    {
        var frame = NaiveFrame.Read(payload);
        var message = new SerializedHubMessage(frame.Contents);
        return Task.WhenAll(connections.Where(connection => !frame.Excluded.Contains(connection.ConnectionId)).Select(connection => connection.WriteAsync(message).AsTask()));
    }

    private sealed record Member(HubConnectionContext Context)
    {
        public ConcurrentDictionary<string, bool> Groups { get; } = new(StringComparer.Ordinal);
        public ChannelQueue? Queue { get; set; }
    }
}
