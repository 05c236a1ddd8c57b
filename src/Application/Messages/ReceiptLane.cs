namespace RooCoord.Application.Messages;

/// <summary>Receipts on their way to one connection: those kept from earlier first, then live ones, bounded. Its pump locks.</summary>
internal sealed class ReceiptLane
{
    private static readonly TimeSpan ForgetAfter = TimeSpan.FromSeconds(30);

    private readonly Queue<ReceiptFor> _queue = [];
    private readonly List<(ReceiptFor Receipt, DateTimeOffset At)> _told = [];
    private bool _replayed;

    /// <summary>Whether those kept are to be read before anything is told.</summary>
    public bool MustRead { get; private set; }
    /// <summary>Whether something can be told.</summary>
    public bool Any => MustRead || (_replayed && _queue.Count > 0);

    /// <summary>Delivery begins.</summary>
    public void Start() => MustRead = true;

    /// <summary>Takes a live one; beyond the bound only those kept come later, on another connection.</summary>
    public void Add(ReceiptFor receipt)
    {
        if (_queue.Count < IReceiptStore.MaxKept) _queue.Enqueue(receipt);
    }

    /// <summary>Takes those kept, in front of live ones that came meanwhile; null: the read failed and is to be repeated.</summary>
    public void EndReading(IReadOnlyList<ReceiptFor>? kept)
    {
        if (kept is null) return;
        (MustRead, _replayed) = (false, true);
        var live = _queue.ToArray();
        _queue.Clear();
        foreach (var receipt in kept) _queue.Enqueue(receipt);
        foreach (var receipt in live)
            if (!receipt.Kept || !kept.Contains(receipt)) _queue.Enqueue(receipt);
    }

    /// <summary>The next one to tell, or null.</summary>
    public ReceiptFor? Take(DateTimeOffset now)
    {
        if (!_replayed || !_queue.TryDequeue(out var receipt)) return null;
        if (receipt.Kept) _told.Add((receipt, now));
        return receipt;
    }

    /// <summary>Those told on this connection long enough ago.</summary>
    public IReadOnlyList<ReceiptFor> TakeForgettable(DateTimeOffset now)
    {
        if (_told.Count == 0 || _told[0].At + ForgetAfter > now) return [];
        var count = _told.FindIndex(t => t.At + ForgetAfter > now);
        var told = _told.GetRange(0, count < 0 ? _told.Count : count);
        _told.RemoveRange(0, told.Count);
        return [.. told.Select(t => t.Receipt)];
    }
}
