using RooCoord.Application.Sessions;

namespace RooCoord.Application.Messages;

/// <summary>Hands committed entries to the pumps of this node.</summary>
internal sealed class LocalMailboxSignal(DeviceConnections connections) : IMailboxSignal
{
    public void Appended(IReadOnlyList<Committed> entries)
    {
        foreach (var entry in entries) connections.Find(entry.DeviceKey)?.Pump.Appended(entry.Entry);
    }

    public void Withdrawn(IReadOnlyList<Withdrawal> entries)
    {
        foreach (var entry in entries) connections.Find(entry.DeviceKey)?.Pump.Withdraw(entry.Seq, entry.MessageId);
    }

    public void Receipts(IReadOnlyList<ReceiptFor> receipts)
    {
        foreach (var receipt in receipts) TryTell(receipt);
    }

    /// <summary>Whether the sending device is connected here.</summary>
    public bool TryTell(ReceiptFor receipt)
    {
        if (connections.Find(receipt.SenderKey) is not { IsCurrent: true } connection) return false;
        connection.Pump.Tell(receipt);
        return true;
    }

    public void Recheck()
    {
        foreach (var connection in connections.All) connection.Pump.Recheck();
    }

    public DateTimeOffset? InFlightSince(long deviceKey, long seq) => connections.Find(deviceKey)?.Pump.InFlightSince(seq);
}
