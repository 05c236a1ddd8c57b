using RooCoord.Application.Sessions;

namespace RooCoord.Application.Messages;

/// <summary>Hands committed entries to the pumps of this node.</summary>
internal sealed class LocalMailboxSignal(DeviceConnections connections) : IMailboxSignal
{
    public void Appended(IReadOnlyList<Committed> entries)
    {
        foreach (var (device, entry) in entries) connections.Find(device)?.Pump.Appended(entry);
    }

    public void Recheck()
    {
        foreach (var connection in connections.All) connection.Pump.Recheck();
    }

    public bool IsInFlight(long deviceKey, long seq) => connections.Find(deviceKey)?.Pump.IsInFlight(seq) == true;
}
