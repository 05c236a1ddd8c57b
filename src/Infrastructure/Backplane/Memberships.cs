using System.Collections.Concurrent;
using RooCoord.Infrastructure.PubSub;

namespace RooCoord.Infrastructure.Backplane;

/// <summary>
/// This node's connections by group or by user, names compared ordinally. A name is subscribed to as long as somebody here
/// belongs to it; <paramref name="received"/> gets what other nodes send to it.
/// </summary>
internal sealed class Memberships(PubSubConnection pubSub, Func<string, string> channel, Action<string, byte[]> received)
{
    private readonly ConcurrentDictionary<string, Membership> _byName = new(StringComparer.Ordinal);
    private readonly Dictionary<LocalConnection, HashSet<string>> _names = [];
    private readonly Lock _gate = new();

    /// <summary>Ends when the subscription stands, false when it does not after <paramref name="patience"/>; it is tried for all the same.</summary>
    public Task<bool> JoinAsync(string name, LocalConnection connection, TimeSpan patience)
    {
        lock (_gate)
        {
            // A connection that has gone would stay a member for ever.
            if (connection.HasLeft) return Task.FromResult(true);
            if (!_byName.TryGetValue(name, out var membership))
            {
                _byName[name] = membership = new(payload => received(name, payload));
                membership.Subscribed = pubSub.SubscribeAsync(channel(name), membership.Received, patience);
            }
            membership.Connections[connection.Id] = connection;
            if (!_names.TryGetValue(connection, out var names)) _names[connection] = names = new(StringComparer.Ordinal);
            names.Add(name);
            return membership.Subscribed;
        }
    }

    public void Leave(string name, LocalConnection connection)
    {
        lock (_gate)
        {
            if (_names.TryGetValue(connection, out var names) && names.Remove(name) && names.Count == 0) _names.Remove(connection);
            if (!_byName.TryGetValue(name, out var membership)) return;
            membership.Connections.TryRemove(connection.Id, out _);
            if (!membership.Connections.IsEmpty) return;
            _byName.TryRemove(name, out _);
            pubSub.Unsubscribe(channel(name), membership.Received);
        }
    }

    /// <summary>To be called once <see cref="LocalConnection.HasLeft"/> is set.</summary>
    public void LeaveAll(LocalConnection connection)
    {
        lock (_gate)
        {
            if (!_names.TryGetValue(connection, out var names)) return;
            foreach (var name in names.ToArray()) Leave(name, connection);
        }
    }

    /// <summary>The members here; joining and leaving meanwhile does no harm.</summary>
    public IEnumerable<KeyValuePair<string, LocalConnection>> Of(string name) =>
        _byName.TryGetValue(name, out var membership) ? membership.Connections : [];

    private sealed class Membership(Action<byte[]> received)
    {
        public Action<byte[]> Received => received;
        public ConcurrentDictionary<string, LocalConnection> Connections { get; } = new(StringComparer.Ordinal);
        public Task<bool> Subscribed { get; set; } = Task.FromResult(false);
    }
}
