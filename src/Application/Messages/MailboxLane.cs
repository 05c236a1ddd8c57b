using RooCoord.Domain.Messages;

namespace RooCoord.Application.Messages;

/// <summary>One priority's way from a mailbox to a connection: what is in memory, and whether the mailbox has more behind it. Its pump locks.</summary>
internal sealed class MailboxLane(HashSet<long> won)
{
    private readonly HashSet<long> _removedWhileReading = [];
    private long _after;
    private long _taken;
    private long _settled;
    private long _bytes;
    private bool _reading, _rereads;

    /// <summary>Entries to send, in seq order.</summary>
    public Queue<Entry> Queue { get; private set; } = [];
    /// <summary>The mailbox may hold entries after those in memory.</summary>
    public bool Unread { get; set; }

    /// <summary>Takes a committed entry when it is next in order and there is room, else leaves it to be read.</summary>
    public void Offer(Entry entry, int maxEntries, int maxBytes)
    {
        // A read may have found it between its commit and this call.
        if (entry.Seq <= _after || IsSettled(entry)) return;
        if (Unread || _reading || Queue.Count >= maxEntries || (maxBytes > 0 && _bytes + entry.Message.Body.Length > maxBytes && Queue.Count > 0)) Unread = true;
        else Add(entry);
    }

    /// <summary>Begins a read; returns the seq to read after.</summary>
    public long BeginReading()
    {
        (_reading, Unread) = (true, false);
        return _after;
    }

    /// <summary>Takes what was read, but for what was settled meanwhile.</summary>
    public void EndReading(IReadOnlyList<Entry> rows, bool more)
    {
        _reading = false;
        Unread |= more || _rereads;
        foreach (var entry in rows)
            if (!_rereads && entry.Seq > _after && !IsSettled(entry) && !_removedWhileReading.Contains(entry.Seq)) Add(entry);
        _removedWhileReading.Clear();
        _rereads = false;
    }

    /// <summary>Forgets what waits here: it is read again.</summary>
    public void Reread()
    {
        if (Queue.Count == 0 && !_reading) return;
        Queue.Clear();
        (_bytes, _after, _rereads, Unread) = (0, _taken, _reading, true);
    }

    /// <summary>Takes the first entry out.</summary>
    public void Take()
    {
        var entry = Queue.Dequeue();
        _bytes -= entry.Message.Body.Length;
        _taken = entry.Seq;
    }

    /// <summary>Forgets entries up to a seq, sent or not, but for those settled only by name.</summary>
    public void SettleThrough(long seq)
    {
        _settled = Math.Max(_settled, seq);
        while (Queue.TryPeek(out var first) && IsSettled(first)) Take();
        // An offer in front may hide others.
        if (Queue.TryPeek(out var next) && next.Seq <= seq) Keep(e => !IsSettled(e));
    }

    /// <summary>Forgets one entry.</summary>
    public void Remove(long seq)
    {
        if (_reading) _removedWhileReading.Add(seq);
        if (Queue.Any(e => e.Seq == seq)) Keep(e => e.Seq != seq);
    }

    // What was read as an offer may have been won since.
    private bool IsSettled(Entry entry) => entry.Seq <= _settled && (!entry.Exact || won.Contains(entry.Seq));

    private void Keep(Func<Entry, bool> wanted)
    {
        Queue = new(Queue.Where(wanted));
        _bytes = Queue.Sum(e => (long)e.Message.Body.Length);
    }

    private void Add(Entry entry)
    {
        Queue.Enqueue(entry);
        _bytes += entry.Message.Body.Length;
        _after = entry.Seq;
    }
}
