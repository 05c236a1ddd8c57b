using RooCoord.Application.Messages;

namespace RooCoord.Application.Cluster;

/// <summary>
/// Hands what was committed to the node that holds the device: here in memory, elsewhere whole, so that the other node need not
/// read it. Which node that is was read under the mailbox's lock: a device that connects later reads its mailbox.
/// </summary>
internal sealed class ClusterMailboxSignal(LocalMailboxSignal local, INodeBus bus, OwnNode own, RemoteReceipts elsewhere) : IMailboxSignal
{
    public void Appended(IReadOnlyList<Committed> entries)
    {
        local.Appended(entries);
        foreach (var node in Elsewhere(entries, e => e.Node)) bus.Post(node.Key, new EntriesAppended([.. node]));
    }

    public void Withdrawn(IReadOnlyList<Withdrawal> entries)
    {
        local.Withdrawn(entries);
        foreach (var node in Elsewhere(entries, e => e.Node)) bus.Post(node.Key, new EntriesWithdrawn([.. node]));
    }

    public void Receipts(IReadOnlyList<ReceiptFor> receipts)
    {
        foreach (var receipt in receipts)
            if (!local.TryTell(receipt)) elsewhere.Add(receipt);
    }

    // Elsewhere the other nodes find what was committed by looking, as after any loss.
    public void Recheck() => local.Recheck();

    public DateTimeOffset? InFlightSince(long deviceKey, long seq) => local.InFlightSince(deviceKey, seq);

    private IEnumerable<IGrouping<long, T>> Elsewhere<T>(IReadOnlyList<T> items, Func<T, long> nodeOf)
    {
        // Mostly there is none.
        for (var i = 0; i < items.Count; i++)
            if (IsElsewhere(nodeOf(items[i]))) return items.Where(item => IsElsewhere(nodeOf(item))).GroupBy(nodeOf);
        return [];
    }

    private bool IsElsewhere(long node) => node != 0 && node != own.Key;
}
