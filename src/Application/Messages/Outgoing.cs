using RooCoord.Domain.Messages;

namespace RooCoord.Application.Messages;

/// <summary>What one connection is sent next, and what it was sent: lanes, entries put off, ephemeral ones, the flight. Its pump locks.</summary>
internal sealed class Outgoing
{
    // One write carries at most this much: enough to spare system calls, little enough for a critical message to overtake.
    private const int MaxBatch = 64;
    private const int MaxBatchBytes = 64 * 1024;
    private const int EnvelopeOverhead = 300;

    private readonly HashSet<long> _won = [];
    private readonly HashSet<long> _goneBeforeKnown = [];
    private readonly MailboxLane[] _lanes;
    private readonly EphemeralBuffer _ephemeral;
    private readonly Queue<Entry> _redelivery = [];
    private readonly int _windowBytes;
    private long _known;

    public Outgoing(int windowBytes)
    {
        _windowBytes = windowBytes;
        _lanes = [new(_won), new(_won), new(_won), new(_won)];
        _ephemeral = new(windowBytes);
        Flight = new(windowBytes);
    }

    /// <summary>What was sent and is neither settled nor put off.</summary>
    public Flight Flight { get; }
    /// <summary>Entries put off.</summary>
    public DueLane Due { get; } = new();

    /// <summary>Whether something may be sent that is in memory, whatever the window.</summary>
    public bool MustSend => _ephemeral.Any || _redelivery.Count > 0;

    /// <summary>Whether there is room, and something for it in memory or in the mailbox.</summary>
    public bool MaySend(DateTimeOffset now) =>
        Flight.HasRoom(1) && (Due.Any || Due.MustRead(now) || Array.Exists(_lanes, l => l.Unread || l.Queue.Count > 0));

    /// <summary>The mailbox may hold more than is known.</summary>
    public void Recheck()
    {
        foreach (var lane in _lanes) lane.Unread = true;
        Due.LookAt(DateTimeOffset.MinValue);
    }

    /// <summary>Entries up to this seq are read from the mailbox, or settled.</summary>
    public void Know(long head) => _known = Math.Max(_known, head);

    /// <summary>The mailbox's highest seq; true when something up to it was not told of, and is to be read.</summary>
    public bool Reaches(long head)
    {
        if (head <= _known) return false;
        _known = head;
        foreach (var lane in _lanes) lane.Unread = true;
        return true;
    }

    /// <summary>Forgets what waits in memory.</summary>
    public void Reread()
    {
        foreach (var lane in _lanes) lane.Reread();
    }

    /// <summary>Takes an entry that was just committed.</summary>
    public void Appended(Entry entry)
    {
        if (entry.Seq <= _known) return;
        if (entry.Seq != _known + 1)
            foreach (var other in _lanes) other.Unread = true;
        _known = entry.Seq;
        // Another node may tell of an entry's end before this one hears of its beginning.
        var gone = _goneBeforeKnown.Contains(entry.Seq);
        if (_goneBeforeKnown.Count > 0) _goneBeforeKnown.RemoveWhere(seq => seq <= _known);
        if (gone) return;
        var (entries, bytes) = MemoryRoom;
        _lanes[(int)entry.Message.Priority].Offer(entry, entries, bytes);
    }

    /// <summary>
    /// Entries, and bytes of bodies, that a lane may hold: what the flight has room for, and a quarter of the window, so that
    /// a client that settles few at a time does not cost a read each time. 0 bytes: no limit.
    /// </summary>
    public (int Entries, int Bytes) MemoryRoom => (
        Math.Max(0, Flight.Window - Flight.Count) + Math.Max(1, Flight.Window / 4),
        _windowBytes == 0 ? 0 : (int)Math.Max(0, _windowBytes - Flight.Bytes) + Math.Max(1, _windowBytes / 4));

    /// <summary>Takes an ephemeral message if there is room.</summary>
    public bool TryAdd(Message message) => _ephemeral.TryAdd(message);

    /// <summary>Sends entries of the flight again.</summary>
    public void Redeliver(IReadOnlyList<Entry> entries)
    {
        foreach (var entry in entries) _redelivery.Enqueue(entry);
    }

    /// <summary>Forgets what a cumulative acknowledgement settled.</summary>
    public void SettleThrough(Priority priority, long seq)
    {
        Flight.SettleThrough(priority, seq);
        _lanes[(int)priority].SettleThrough(seq);
    }

    /// <summary>A claim was won, whether its entry is in flight, waits, or is being read.</summary>
    public void Won(long seq)
    {
        _won.Add(seq);
        Flight.Won(seq);
    }

    /// <summary>Forgets an entry that was taken back, also when it is only handed over later.</summary>
    public void Withdraw(long seq)
    {
        Remove(seq);
        if (seq > _known) _goneBeforeKnown.Add(seq);
    }

    /// <summary>Forgets one entry.</summary>
    public void Remove(long seq)
    {
        _won.Remove(seq);
        Flight.Remove(seq);
        Due.Remove(seq);
        foreach (var lane in _lanes) lane.Remove(seq);
    }

    /// <summary>Fills the batch from memory; returns what to read first when what should come next is still in the mailbox. Without <paramref name="mailbox"/> only what is not from it, or is sent again.</summary>
    public Unread? Take(List<Entry> batch, DateTimeOffset now, bool mailbox)
    {
        var bytes = 0;
        while (_redelivery.Count > 0 && batch.Count < MaxBatch && bytes < MaxBatchBytes)
        {
            var entry = _redelivery.Dequeue();
            if (Flight.Find(entry.Seq) is null) continue;
            batch.Add(entry);
            bytes += EnvelopeOverhead + entry.Message.Body.Length;
        }
        // At most half a batch, so that a flood of them does not starve durable ones.
        _ephemeral.Take(batch, MaxBatch / 2, MaxBatchBytes / 2);
        if (!mailbox) return null;
        if (Due.MustRead(now) && Flight.HasRoom(1)) return new(null, default);
        for (var p = 3; p >= 0; p--)
        {
            while (Due.Peek((Priority)p) is { } due && TrySend(batch, due, now, ref bytes)) Due.Take(due);
            var lane = _lanes[p];
            while (lane.Queue.TryPeek(out var entry) && TrySend(batch, entry, now, ref bytes)) lane.Take();
            if (lane.Queue.Count > 0 || Due.Peek((Priority)p) is not null) return null;
            if (lane.Unread && Flight.HasRoom(1)) return new(lane, (Priority)p);
        }
        return null;
    }

    // False: no room. What is past its time is passed over; the sweeper closes it.
    private bool TrySend(List<Entry> batch, Entry entry, DateTimeOffset now, ref int bytes)
    {
        if (entry.Message.ExpiresAt <= now) return true;
        var size = EnvelopeOverhead + entry.Message.Body.Length;
        if (batch.Count >= MaxBatch || bytes >= MaxBatchBytes || !Flight.HasRoom(size)) return false;
        Flight.Add(entry, size, now);
        batch.Add(entry);
        bytes += size;
        return true;
    }

    /// <summary>What is to be read: a priority's lane, or, null, what was put off.</summary>
    public readonly record struct Unread(MailboxLane? Lane, Priority Priority);
}
