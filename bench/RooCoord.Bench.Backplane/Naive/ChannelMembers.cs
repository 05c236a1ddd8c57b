using System.Collections.Concurrent;
using Microsoft.AspNetCore.SignalR;
using StackExchange.Redis;

namespace RooCoord.Bench.Backplane.Naive;

/// <summary>This node's connections by channel; the first to join subscribes, the last to leave unsubscribes.</summary>
internal sealed class ChannelMembers(ISubscriber subscriber, Func<byte[], IEnumerable<HubConnectionContext>, Task> handle)
{
    private readonly Dictionary<string, Members> _byChannel = new(StringComparer.Ordinal);
    // Held over the round trip: subscribing and unsubscribing the same channel must not overtake each other.
    private readonly SemaphoreSlim _gate = new(1, 1);

    public async Task JoinAsync(string channel, HubConnectionContext connection)
    {
        await _gate.WaitAsync();
        try
        {
            if (!_byChannel.TryGetValue(channel, out var members)) _byChannel[channel] = members = new();
            members.Connections[connection.ConnectionId] = connection;
            members.Queue ??= await ChannelQueue.SubscribeAsync(subscriber, channel, payload => handle(payload, members.Connections.Values));
        }
        finally
        {
            _gate.Release();
        }
    }

    public async Task LeaveAsync(string channel, HubConnectionContext connection)
    {
        await _gate.WaitAsync();
        try
        {
            if (!_byChannel.TryGetValue(channel, out var members)) return;
            members.Connections.TryRemove(connection.ConnectionId, out _);
            if (!members.Connections.IsEmpty) return;
            _byChannel.Remove(channel);
            if (members.Queue is { } queue) await queue.UnsubscribeAsync();
        }
        finally
        {
            _gate.Release();
        }
    }

    private sealed class Members
    {
        public ConcurrentDictionary<string, HubConnectionContext> Connections { get; } = new(StringComparer.Ordinal);
        public ChannelQueue? Queue { get; set; }
    }
}
