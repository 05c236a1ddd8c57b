using System.Diagnostics;
using Microsoft.AspNetCore.SignalR;
using Microsoft.AspNetCore.SignalR.Protocol;
using RooCoord.Infrastructure.PubSub;

namespace RooCoord.Infrastructure.Backplane;

public partial class RedisHubLifetimeManager<THub>
{
    private const long WaitedFor = 64;
    private static readonly TimeSpan WarningInterval = TimeSpan.FromSeconds(10);
    private long _hints;
    private long _warned;

    /// <inheritdoc/>
    public override Task SendAllAsync(string methodName, object?[] args, CancellationToken cancellationToken = default) =>
        SendAsync(_channels.All, _connections, methodName, args, [], cancellationToken);

    /// <inheritdoc/>
    public override Task SendAllExceptAsync(string methodName, object?[] args, IReadOnlyList<string> excludedConnectionIds, CancellationToken cancellationToken = default) =>
        SendAsync(_channels.All, _connections, methodName, args, excludedConnectionIds, cancellationToken);

    /// <inheritdoc/>
    public override Task SendGroupAsync(string groupName, string methodName, object?[] args, CancellationToken cancellationToken = default) =>
        SendAsync(_channels.Group(groupName), _groups.Of(groupName), methodName, args, [], cancellationToken);

    /// <inheritdoc/>
    public override Task SendGroupExceptAsync(string groupName, string methodName, object?[] args, IReadOnlyList<string> excludedConnectionIds, CancellationToken cancellationToken = default) =>
        SendAsync(_channels.Group(groupName), _groups.Of(groupName), methodName, args, excludedConnectionIds, cancellationToken);

    /// <inheritdoc/>
    public override Task SendUserAsync(string userId, string methodName, object?[] args, CancellationToken cancellationToken = default) =>
        SendAsync(_channels.User(userId), _users.Of(userId), methodName, args, [], cancellationToken);

    /// <inheritdoc/>
    public override Task SendGroupsAsync(IReadOnlyList<string> groupNames, string methodName, object?[] args, CancellationToken cancellationToken = default) =>
        SendManyAsync(groupNames, _channels.Group, _groups, methodName, args, cancellationToken);

    /// <inheritdoc/>
    public override Task SendUsersAsync(IReadOnlyList<string> userIds, string methodName, object?[] args, CancellationToken cancellationToken = default) =>
        SendManyAsync(userIds, _channels.User, _users, methodName, args, cancellationToken);

    /// <inheritdoc/>
    public override Task SendConnectionAsync(string connectionId, string methodName, object?[] args, CancellationToken cancellationToken = default) =>
        SendConnectionsAsync([connectionId], methodName, args, cancellationToken);

    /// <inheritdoc/>
    public override async Task SendConnectionsAsync(IReadOnlyList<string> connectionIds, string methodName, object?[] args, CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var message = new SerializedHubMessage(new InvocationMessage(methodName, args));
        byte[]? frame = null;
        List<Task>? published = null;
        foreach (var id in connectionIds)
        {
            if (_connections.TryGetValue(id, out var local))
            {
                // What cannot be written as the protocol wants is the caller's error, not the connection's.
                message.GetSerializedMessage(local.Context.Protocol);
                local.Write(message);
            }
            else
            {
                frame ??= FrameOf(FrameKind.Message, message, "", []);
                (published ??= []).Add(HintAsync(_channels.Connection(id), frame));
            }
        }
        if (published is not null) await Task.WhenAll(published).ConfigureAwait(false);
    }

    private async Task SendAsync(string channel, IEnumerable<KeyValuePair<string, LocalConnection>> local, string methodName, object?[] args,
        IReadOnlyList<string> excluded, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var message = new SerializedHubMessage(new InvocationMessage(methodName, args));
        var frame = FrameOf(FrameKind.Message, message, "", excluded);
        Write(local, message, excluded);
        await HintAsync(channel, frame).ConfigureAwait(false);
    }

    private async Task SendManyAsync(IReadOnlyList<string> names, Func<string, string> channel, Memberships members, string methodName, object?[] args,
        CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var message = new SerializedHubMessage(new InvocationMessage(methodName, args));
        var frame = FrameOf(FrameKind.Message, message, "", []);
        foreach (var name in names) Write(members.Of(name), message, []);
        await Task.WhenAll(names.Select(name => HintAsync(channel(name), frame))).ConfigureAwait(false);
    }

    private static void Write(IEnumerable<KeyValuePair<string, LocalConnection>> connections, SerializedHubMessage message, IReadOnlyList<string> excluded)
    {
        var without = excluded.Count == 0 ? null : excluded.ToHashSet(StringComparer.Ordinal);
        foreach (var (id, connection) in connections)
            if (without is null || !without.Contains(id)) connection.Write(message);
    }

    // Serialized once: the message keeps each protocol's bytes, for the local connections too.
    private byte[] FrameOf(FrameKind kind, SerializedHubMessage message, string id, IReadOnlyList<string> excluded)
    {
        var all = _protocols.AllProtocols;
        var contents = new SerializedMessage[all.Count];
        for (var i = 0; i < contents.Length; i++) contents[i] = new(all[i].Name, message.GetSerializedMessage(all[i]));
        return new BackplaneFrame(kind, _node, id, "", excluded, contents).ToBytes();
    }

    // Not every one is waited for: one in 64 is, so that a caller that sends in a loop cannot run ahead of what carries it.
    private Task HintAsync(string channel, byte[] frame) =>
        Interlocked.Increment(ref _hints) % WaitedFor != 0 && _pubSub.Post(channel, frame) ? Task.CompletedTask : HintAndWaitAsync(channel, frame);

    private async Task HintAndWaitAsync(string channel, byte[] frame)
    {
        try { await _pubSub.PublishAsync(channel, frame).ConfigureAwait(false); }
        catch (PubSubUnavailableException exception)
        {
            var (last, now) = (Interlocked.Read(ref _warned), Stopwatch.GetTimestamp());
            if ((last == 0 || Stopwatch.GetElapsedTime(last, now) > WarningInterval) && Interlocked.CompareExchange(ref _warned, now, last) == last)
                BackplaneLog.NotPublished(_logger, exception);
        }
    }
}
