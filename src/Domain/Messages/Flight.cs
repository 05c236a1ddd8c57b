namespace RooCoord.Domain.Messages;

/// <summary>
/// What was sent on one connection and is neither settled nor put off: bounded by a window of entries and of bytes.
/// Within one priority, ordinary entries are in it in seq order. Not thread-safe; its owner locks.
/// </summary>
public sealed class Flight(int windowBytes)
{
    /// <summary>How long a connection may leave everything in flight untouched before all of it is sent again.</summary>
    public static readonly TimeSpan RedeliverAfter = TimeSpan.FromSeconds(30);

    /// <summary>Largest window a client may ask for.</summary>
    public const int MaxWindow = 1024;

    private readonly Dictionary<long, Slot> _slots = [];
    private readonly Queue<long>?[] _ordinary = new Queue<long>?[4];
    // Won from offers, sent here or not yet: few, and not in the order of the ordinary ones.
    private readonly HashSet<long> _won = [];
    private long _order;
    private long _bytes;

    /// <summary>Entries allowed at once.</summary>
    public int Window { get; set; }
    /// <summary>Nothing more is taken.</summary>
    public bool Closed { get; set; }
    /// <summary>Entries in flight.</summary>
    public int Count => _slots.Count;
    /// <summary>Bytes in flight.</summary>
    public long Bytes => _bytes;
    /// <summary>Entries in flight that were put off before.</summary>
    public int PutOffCount { get; private set; }
    /// <summary>When everything in flight is sent again, or null while nothing is in flight.</summary>
    public DateTimeOffset? Deadline { get; private set; }

    /// <summary>Whether an entry of this size may be sent now. One entry always may, however large.</summary>
    public bool HasRoom(int bytes) =>
        !Closed && (_slots.Count == 0 || (_slots.Count < Window && (windowBytes == 0 || _bytes + bytes <= windowBytes)));

    /// <summary>The entry in flight under this seq, or null.</summary>
    public Entry? Find(long seq) => _slots.TryGetValue(seq, out var slot) ? slot.Entry : null;

    /// <summary>When the entry in flight under this seq was first sent, or null.</summary>
    public DateTimeOffset? SentAt(long seq) => _slots.TryGetValue(seq, out var slot) ? slot.SentAt : null;

    /// <summary>Takes an entry that is being sent.</summary>
    public void Add(Entry entry, int bytes, DateTimeOffset now)
    {
        if (_slots.Count == 0) Deadline = now + RedeliverAfter;
        if (entry.Offer == Offer.Open && _won.Contains(entry.Seq)) entry = entry with { Offer = Offer.Won };
        _slots.Add(entry.Seq, new Slot(entry, bytes, _order++, now));
        _bytes += bytes;
        if (entry.PutOff) PutOffCount++;
        if (entry.Ordinary) (_ordinary[(int)entry.Message.Priority] ??= new()).Enqueue(entry.Seq);
        else if (entry.Offer == Offer.Won) _won.Add(entry.Seq);
    }

    /// <summary>Starts the 30 s anew, if anything is in flight.</summary>
    public void Touch(DateTimeOffset now)
    {
        if (_slots.Count > 0) Deadline = now + RedeliverAfter;
    }

    /// <summary>An offer was won, whether it is in flight already or not: from now on it is settled with those before it.</summary>
    public void Won(long seq)
    {
        _won.Add(seq);
        if (_slots.TryGetValue(seq, out var slot)) _slots[seq] = slot with { Entry = slot.Entry with { Offer = Offer.Won } };
    }

    /// <summary>Removes every entry of this priority up to <paramref name="seq"/> that is not settled only by name.</summary>
    public void SettleThrough(Priority priority, long seq)
    {
        var queue = _ordinary[(int)priority];
        while (queue is { Count: > 0 } && (queue.Peek() <= seq || !_slots.ContainsKey(queue.Peek())))
        {
            // A seq put off by Retry may have come back meanwhile, as one that is settled by name.
            if (_slots.TryGetValue(queue.Dequeue(), out var slot) && slot.Entry.Ordinary) Remove(slot.Entry.Seq);
        }
        if (_won.Count == 0) return;
        foreach (var won in _won.Where(s => s <= seq && Find(s) is { PutOff: false } entry && entry.Message.Priority == priority).ToArray()) Remove(won);
    }

    /// <summary>Removes this entry alone.</summary>
    public bool Remove(long seq)
    {
        if (!_slots.Remove(seq, out var slot)) return false;
        _bytes -= slot.Bytes;
        if (slot.Entry.PutOff) PutOffCount--;
        _won.Remove(seq);
        if (_slots.Count == 0) Deadline = null;
        return true;
    }

    /// <summary>Everything in flight in the order first sent.</summary>
    public IReadOnlyList<Entry> InSendOrder() => [.. _slots.Values.OrderBy(s => s.Order).Select(s => s.Entry)];

    /// <summary>Counts one more attempt for everything in flight, after <see cref="RedeliverAfter"/> passed; returns it in send order.</summary>
    public IReadOnlyList<Entry> Redeliver(DateTimeOffset now)
    {
        foreach (var (seq, slot) in _slots)
            _slots[seq] = slot with { Entry = slot.Entry with { Attempt = slot.Entry.Attempt + 1 } };
        Touch(now);
        return InSendOrder();
    }

    private readonly record struct Slot(Entry Entry, int Bytes, long Order, DateTimeOffset SentAt);
}
