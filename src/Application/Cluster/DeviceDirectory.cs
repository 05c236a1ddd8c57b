using System.Collections.Concurrent;

namespace RooCoord.Application.Cluster;

/// <summary>Which other node holds a device. What was found is remembered for a moment: a device that moved is asked for once more.</summary>
internal sealed class DeviceDirectory(INodeStore nodes, INodeBus bus, OwnNode own, TimeProvider time)
{
    private const int MaxRemembered = 100_000;
    private static readonly TimeSpan Remembered = TimeSpan.FromSeconds(2);

    private readonly ConcurrentDictionary<(long User, string Device), (DevicePlace Place, long At)> _places = [];

    /// <summary>The place of a connected device of the user on another node, or null; one remembered may have been left since.</summary>
    public async Task<DevicePlace?> FindAsync(long userKey, string deviceId, bool mayRemember, CancellationToken cancellationToken)
    {
        if (!bus.IsCluster) return null;
        if (mayRemember && _places.TryGetValue((userKey, deviceId), out var known) && time.GetElapsedTime(known.At) < Remembered) return known.Place;
        var found = await nodes.FindAsync(userKey, deviceId, cancellationToken).ConfigureAwait(false);
        if (found is not { } place || place.Node == own.Key) return null;
        if (_places.Count >= MaxRemembered) _places.Clear();
        _places[(userKey, deviceId)] = (place, time.GetTimestamp());
        return place;
    }

    /// <summary>The device was not there.</summary>
    public void Forget(long userKey, string deviceId) => _places.TryRemove((userKey, deviceId), out _);
}
