using System.Collections.Concurrent;

namespace RooCoord.Application.Sessions;

/// <summary>The connections this node holds, one a device.</summary>
public sealed class DeviceConnections
{
    private readonly ConcurrentDictionary<long, DeviceConnection> _byKey = [];
    private readonly ConcurrentDictionary<string, DeviceConnection> _byId = new(StringComparer.Ordinal);

    /// <summary>All of them.</summary>
    public IEnumerable<DeviceConnection> All => _byKey.Values;
    /// <summary>How many.</summary>
    public int Count => _byKey.Count;

    /// <summary>The connection of a device, or null.</summary>
    public DeviceConnection? Find(long deviceKey) => _byKey.GetValueOrDefault(deviceKey);

    /// <summary>The connection of a device, or null.</summary>
    public DeviceConnection? FindById(string deviceId) => _byId.GetValueOrDefault(deviceId);

    /// <summary>Registers a connection; returns the one to end: the older of the two, null when there was none.</summary>
    public DeviceConnection? Attach(DeviceConnection connection)
    {
        lock (_byKey)
        {
            var current = Find(connection.DeviceKey);
            if (current?.Fence > connection.Fence) return connection;
            _byKey[connection.DeviceKey] = connection;
            _byId[connection.DeviceId] = connection;
            return current;
        }
    }

    /// <summary>Forgets a connection, unless a newer one took its place.</summary>
    public void Detach(DeviceConnection connection)
    {
        lock (_byKey)
        {
            if (Find(connection.DeviceKey) != connection) return;
            _byKey.TryRemove(connection.DeviceKey, out _);
            _byId.TryRemove(connection.DeviceId, out _);
        }
    }
}
