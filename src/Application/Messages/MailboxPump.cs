using RooCoord.Application.Sessions;
using RooCoord.Contracts;
using RooCoord.Domain.Messages;
using Entry = RooCoord.Domain.Messages.Entry;

namespace RooCoord.Application.Messages;

/// <summary>
/// Moves one device's mailbox to its connection: highest priority first, seq order within one, as much as the window takes.
/// What was committed on this node is handed over in memory; whatever does not fit, or came from elsewhere, is read from
/// the mailbox when there is room (<see cref="MailboxLane.Unread"/>), so memory is bounded by the window.
/// </summary>
public sealed class MailboxPump(IMailbox mailbox, IDeviceLink link, TimeProvider time, long deviceKey, int windowBytes)
{
    // One write carries at most this much: enough to spare system calls, little enough for a critical message to overtake.
    private const int MaxBatch = 64;
    private const int MaxBatchBytes = 64 * 1024;
    private const int EnvelopeOverhead = 300;
    private const int MaxRead = 256;
    private static readonly TimeSpan RetryReading = TimeSpan.FromSeconds(1);

    private readonly Lock _gate = new();
    private readonly Flight _flight = new(windowBytes);
    private readonly MailboxLane[] _lanes = [new(), new(), new(), new()];
    private readonly DueLane _due = new();
    private readonly EphemeralBuffer _ephemeral = new(windowBytes);
    private readonly Queue<Entry> _redelivery = [];
    private readonly HashSet<long> _puttingOff = [];
    private DateTimeOffset? _readAgainAt;
    private DateTimeOffset? _writingSince;
    private long _known;
    private bool _started, _stopped, _running;

    /// <summary>Since when the transport has taken nothing, or null.</summary>
    public DateTimeOffset? WritingSince { get { lock (_gate) return _writingSince; } }
    /// <summary>Whether delivery has begun.</summary>
    public bool Started { get { lock (_gate) return _started; } }

    /// <summary>Sets the window.</summary>
    public void SetWindow(int window)
    {
        lock (_gate)
        {
            _flight.Window = window;
            Schedule();
        }
    }

    /// <summary>Begins delivery with whatever the mailbox holds.</summary>
    public void Start()
    {
        lock (_gate)
        {
            if (_started) return;
            _started = true;
            RecheckLocked();
        }
    }

    /// <summary>Looks into the mailbox again: something may have been committed that was not handed over.</summary>
    public void Recheck() { lock (_gate) RecheckLocked(); }

    private void RecheckLocked()
    {
        foreach (var lane in _lanes) lane.Unread = true;
        _due.LookAt(DateTimeOffset.MinValue);
        _readAgainAt = null;
        Schedule();
    }

    /// <summary>Takes an entry that was just committed.</summary>
    public void Appended(Entry entry)
    {
        lock (_gate)
        {
            if (!_started || _stopped || entry.Seq <= _known) return;
            if (entry.Seq != _known + 1)
                foreach (var other in _lanes) other.Unread = true;
            _known = entry.Seq;
            _lanes[(int)entry.Message.Priority].Offer(entry, _flight.Window, windowBytes);
            Schedule();
        }
    }

    /// <summary>Takes an ephemeral message if delivery has begun and its buffer has room.</summary>
    public bool TrySend(Message message)
    {
        lock (_gate)
        {
            if (!_started || _stopped || !_ephemeral.TryAdd(message)) return false;
            Schedule();
            return true;
        }
    }

    /// <summary>What is known of an entry in flight, if that holds; naming one restarts the 30 s.</summary>
    public EntryKind? Touch(long seq)
    {
        lock (_gate)
        {
            if (_flight.Find(seq) is not { } entry) return null;
            _flight.Touch(time.GetUtcNow());
            return _puttingOff.Contains(seq) ? null : new(entry.Message.Priority, entry.Exact);
        }
    }

    /// <summary>An entry is about to be put off: what is known of it no longer holds. Returns its attempt, or null when it is not in flight.</summary>
    public int? PuttingOff(long seq)
    {
        lock (_gate)
        {
            if (_flight.Find(seq) is not { } entry) return null;
            _puttingOff.Add(seq);
            return entry.Attempt;
        }
    }

    /// <summary>Whether the entry is in flight.</summary>
    public bool IsInFlight(long seq)
    {
        lock (_gate) return !_stopped && _flight.Find(seq) is not null;
    }

    /// <summary>Forgets what a committed acknowledgement settled.</summary>
    public void Settled(Settlement settlement, long seq)
    {
        if (settlement.Priority is not { } priority) return;
        lock (_gate)
        {
            if (settlement.Exact) RemoveLocked(seq);
            _flight.SettleThrough(priority, seq);
            _lanes[(int)priority].SettleThrough(seq);
            Schedule();
        }
    }

    /// <summary>Forgets an entry settled or put off by name; <paramref name="dueAt"/>: when it comes back, <paramref name="attempt"/>: the one put off.</summary>
    public void Removed(long seq, DateTimeOffset? dueAt = null, int? attempt = null)
    {
        lock (_gate)
        {
            _puttingOff.Remove(seq);
            // It may have come back before its call's answer got here: the answers of two commits can overtake each other.
            if (_flight.Find(seq)?.Attempt > attempt) return;
            RemoveLocked(seq);
            if (dueAt is { } at) _due.LookAt(at);
            Schedule();
        }
    }

    private void RemoveLocked(long seq)
    {
        _flight.Remove(seq);
        _due.Remove(seq);
        foreach (var lane in _lanes) lane.Remove(seq);
    }

    /// <summary>Ends delivery; returns what was in flight, in the order sent.</summary>
    public IReadOnlyList<Entry> Stop()
    {
        lock (_gate)
        {
            if (_stopped) return [];
            _stopped = true;
            return _flight.InSendOrder();
        }
    }

    /// <summary>Looks at the clock: due entries, a failed read to repeat, and the 30 s, whose passing returns the entries to send again.</summary>
    public IReadOnlyList<Entry> Tick(DateTimeOffset now)
    {
        lock (_gate)
        {
            if (!_started || _stopped) return [];
            Schedule();
            // A write that hangs is the slow client's case: sending more would not help it.
            return _flight.Deadline <= now && _writingSince is null ? _flight.Redeliver(now) : [];
        }
    }

    /// <summary>Sends entries of the flight again that <see cref="Tick"/> returned, but for those settled since.</summary>
    public void Redeliver(IReadOnlyList<Entry> entries)
    {
        lock (_gate)
        {
            foreach (var entry in entries) _redelivery.Enqueue(entry);
            Schedule();
        }
    }

    private void Schedule()
    {
        if (_running || !_started || _stopped) return;
        if (!_ephemeral.Any && _redelivery.Count == 0 && !(_flight.HasRoom(1) && HasWork(time.GetUtcNow()))) return;
        _running = true;
        ThreadPool.UnsafeQueueUserWorkItem(static pump => _ = pump.RunOrEndAsync(), this, preferLocal: false);
    }

    private bool HasWork(DateTimeOffset now) =>
        _readAgainAt is { } at ? now >= at : _due.Any || _due.MustRead(now) || Array.Exists(_lanes, l => l.Unread || l.Queue.Count > 0);

    // A pump that failed in a way nobody foresaw delivers nothing more: its client reconnects to a fresh one.
    private async Task RunOrEndAsync()
    {
        try { await RunAsync().ConfigureAwait(false); }
        catch (Exception) { link.End(SessionEndReasons.Slow); }
    }

    private async Task RunAsync()
    {
        var batch = new List<Entry>();
        while (true)
        {
            Func<Task>? read;
            lock (_gate)
            {
                _writingSince = null;
                batch.Clear();
                var now = time.GetUtcNow();
                read = _stopped ? null : Take(batch, now);
                if (_stopped || (batch.Count == 0 && read is null))
                {
                    _running = false;
                    return;
                }
                if (batch.Count > 0) _writingSince = now;
            }
            if (batch.Count == 0) await read!().ConfigureAwait(false);
            else if (!await TryWriteAsync(batch).ConfigureAwait(false)) return;
        }
    }

    private async Task<bool> TryWriteAsync(List<Entry> batch)
    {
        try
        {
            await link.DeliverAsync(batch).ConfigureAwait(false);
            return true;
        }
        catch (Exception)
        {
            // The transport is gone: its end returns the flight.
            lock (_gate) (_running, _writingSince) = (false, null);
            return false;
        }
    }

    // Fills the batch from memory; returns the read to do first when what should come next is still in the mailbox.
    private Func<Task>? Take(List<Entry> batch, DateTimeOffset now)
    {
        while (_redelivery.Count > 0 && batch.Count < MaxBatch)
        {
            var entry = _redelivery.Dequeue();
            if (_flight.Find(entry.Seq) is not null) batch.Add(entry);
        }
        // At most half a batch, so that a flood of them does not starve durable ones.
        _ephemeral.Take(batch, MaxBatch / 2, MaxBatchBytes / 2);
        if (now < _readAgainAt) return null;
        _readAgainAt = null;
        if (_due.MustRead(now) && _flight.HasRoom(1)) return ReadDueAsync;
        var bytes = 0;
        for (var p = 3; p >= 0; p--)
        {
            while (_due.Peek((Priority)p) is { } due && TrySendDurable(batch, due, now, ref bytes)) _due.Take(due);
            var lane = _lanes[p];
            while (lane.Queue.TryPeek(out var entry) && TrySendDurable(batch, entry, now, ref bytes)) lane.Take();
            if (lane.Queue.Count > 0 || _due.Peek((Priority)p) is not null) return null;
            if (lane.Unread && _flight.HasRoom(1)) return () => ReadLaneAsync(lane, (Priority)p);
        }
        return null;
    }

    // False: no room. What is past its time is passed over; the sweeper closes it.
    private bool TrySendDurable(List<Entry> batch, Entry entry, DateTimeOffset now, ref int bytes)
    {
        if (entry.Message.ExpiresAt <= now) return true;
        var size = EnvelopeOverhead + entry.Message.Body.Length;
        if (batch.Count >= MaxBatch || bytes >= MaxBatchBytes || !_flight.HasRoom(size)) return false;
        _flight.Add(entry, size, now);
        batch.Add(entry);
        bytes += size;
        return true;
    }

    private async Task ReadLaneAsync(MailboxLane lane, Priority priority)
    {
        long after;
        int limit;
        lock (_gate) (after, limit) = (lane.BeginReading(), Math.Min(MaxRead, _flight.Window));
        var page = await TryReadAsync(() => mailbox.ReadAsync(deviceKey, priority, after, limit, windowBytes, CancellationToken.None)).ConfigureAwait(false);
        lock (_gate) lane.EndReading(page?.Entries ?? [], page?.More ?? true);
    }

    private async Task ReadDueAsync()
    {
        int limit;
        lock (_gate) limit = _due.BeginReading(_flight);
        var due = await TryReadAsync(() => mailbox.ReadDueAsync(deviceKey, time.GetUtcNow(), limit, CancellationToken.None)).ConfigureAwait(false);
        lock (_gate) _due.EndReading(due, _flight);
    }

    // The database is away: the mailbox keeps what is ours, a later tick asks again.
    private async Task<T?> TryReadAsync<T>(Func<Task<T>> read) where T : class
    {
        try { return await read().ConfigureAwait(false); }
        catch (Exception)
        {
            lock (_gate) _readAgainAt = time.GetUtcNow() + RetryReading;
            return null;
        }
    }
}
