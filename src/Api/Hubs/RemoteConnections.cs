using System.Globalization;
using RooCoord.Application.Cluster;

namespace RooCoord.Api.Hubs;

/// <summary>Ids that stand for the connections of devices on other nodes, so that the hub's clients can call them like those here. No connection of SignalR's has a colon in its id.</summary>
internal static class RemoteConnections
{
    private const string Prefix = "node:";

    public static string IdOf(DevicePlace place) => string.Create(CultureInfo.InvariantCulture, $"{Prefix}{place.Node}:{place.DeviceKey}");

    public static bool TryRead(string connectionId, out DevicePlace place)
    {
        place = default;
        if (!connectionId.StartsWith(Prefix, StringComparison.Ordinal)) return false;
        var parts = connectionId.Split(':');
        place = new(long.Parse(parts[2], CultureInfo.InvariantCulture), long.Parse(parts[1], CultureInfo.InvariantCulture));
        return true;
    }
}
