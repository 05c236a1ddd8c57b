using RooCoord.Application.Sessions;
using RooCoord.Domain.Messages;

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
    private const int MaxEphemeral = 512;
    private static readonly TimeSpan RetryReading = TimeSpan.FromSeconds(1);

    private readonly Lock _gate = new();
    private readonly Flight _flight = new(windowBytes);
    private readonly MailboxLane[] _lanes = [new(), new(), new(), new()];
    private readonly Queue<Message> _ephemeral = [];
    private readonly Queue<Entry> _redelivery = [];
    private readonly HashSet<long> _removedWhileReadingDue = [];
    private List<Entry> _due = [];
    private DateTimeOffset? _nextDueAt;
    private DateTimeOffset? _readAgainAt;
    private DateTimeOffset? _writingSince;
    private long _known;
    private long _ephemeralBytes;
    private bool _started, _stopped, _running, _readingDue;

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
    public void Recheck()
    {
        lock (_gate) RecheckLocked();
    }

    private void RecheckLocked()
    {
        foreach (var lane in _lanes) lane.Unread = true;
        _nextDueAt = DateTimeOffset.MinValue;
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
            if (!_started || _stopped || _ephemeral.Count >= MaxEphemeral || (windowBytes > 0 && _ephemeralBytes + message.Body.Length > windowBytes)) return false;
            _ephemeral.Enqueue(message);
            _ephemeralBytes += message.Body.Length;
            Schedule();
            return true;
        }
    }

    /// <summary>What is known of an entry in flight; naming one restarts the 30 s.</summary>
    public EntryKind? Touch(long seq)
    {
        lock (_gate)
        {
            if (_flight.Find(seq) is not { } entry) return null;
            _flight.Touch(time.GetUtcNow());
            return new(entry.Message.Priority, entry.Exact);
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

    /// <summary>Forgets entries settled or put off by name; <paramref name="dueAt"/>: when one comes back.</summary>
    public void Removed(long seq, DateTimeOffset? dueAt = null)
    {
        lock (_gate)
        {
            RemoveLocked(seq);
            if (dueAt < (_nextDueAt ?? DateTimeOffset.MaxValue)) _nextDueAt = dueAt;
            Schedule();
        }
    }

    private void RemoveLocked(long seq)
    {
        _flight.Remove(seq);
        foreach (var lane in _lanes) lane.Remove(seq);
        _due.RemoveAll(e => e.Seq == seq);
        if (_readingDue) _removedWhileReadingDue.Add(seq);
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
        var now = time.GetUtcNow();
        if (_ephemeral.Count == 0 && _redelivery.Count == 0 && !(_flight.HasRoom(1) && HasWork(now))) return;
        _running = true;
        ThreadPool.UnsafeQueueUserWorkItem(static pump => _ = pump.RunOrEndAsync(), this, preferLocal: false);
    }

    private bool HasWork(DateTimeOffset now) =>
        _readAgainAt is { } at ? now >= at : _due.Count > 0 || _nextDueAt <= now || Array.Exists(_lanes, l => l.Unread || l.Queue.Count > 0);

    // A pump that failed in a way nobody foresaw delivers nothing more: its client reconnects to a fresh one.
    private async Task RunOrEndAsync()
    {
        try { await RunAsync().ConfigureAwait(false); }
        catch (Exception) { link.End(Contracts.SessionEndReasons.Slow); }
    }

    private async Task RunAsync()
    {
        var batch = new List<Entry>();
        while (true)
        {
            MailboxLane? read = null;
            var readDue = false;
            long after = 0;
            lock (_gate)
            {
                _writingSince = null;
                var now = time.GetUtcNow();
                batch.Clear();
                if (!_stopped) read = Take(batch, now, out readDue);
                if (_stopped || (batch.Count == 0 && read is null && !readDue))
                {
                    _running = false;
                    return;
                }
                if (batch.Count > 0) (read, readDue, _writingSince) = (null, false, now);
                if (read is not null) after = read.BeginReading();
            }
            try
            {
                if (batch.Count > 0) await link.DeliverAsync(batch).ConfigureAwait(false);
                else if (readDue) await ReadDueAsync().ConfigureAwait(false);
                else await ReadLaneAsync(read!, after).ConfigureAwait(false);
            }
            catch (Exception) when (batch.Count > 0)
            {
                // The transport is gone: its end returns the flight.
                lock (_gate) (_running, _writingSince) = (false, null);
                return;
            }
            catch (Exception)
            {
                // The database is away: the mailbox keeps what is ours, the next tick asks again.
                lock (_gate)
                {
                    if (read is not null) read.EndReading([], more: true);
                    else (_readingDue, _nextDueAt) = (false, DateTimeOffset.MinValue);
                    _readAgainAt = time.GetUtcNow() + RetryReading;
                    _running = false;
                }
                return;
            }
        }
    }

    // Fills the batch from memory; names the source to read first when what should come next is still in the mailbox.
    private MailboxLane? Take(List<Entry> batch, DateTimeOffset now, out bool readDue)
    {
        readDue = false;
        var bytes = 0;
        while (_redelivery.Count > 0 && batch.Count < MaxBatch)
        {
            var entry = _redelivery.Dequeue();
            if (_flight.Find(entry.Seq) is not null) batch.Add(entry);
        }
        // At most half a batch, so that a flood of them does not starve durable ones.
        while (_ephemeral.Count > 0 && batch.Count < MaxBatch / 2 && bytes < MaxBatchBytes / 2)
        {
            var message = _ephemeral.Dequeue();
            _ephemeralBytes -= message.Body.Length;
            bytes += message.Body.Length;
            batch.Add(new Entry(0, 0, message, 0));
        }
        if (_readAgainAt is { } at && now < at) return null;
        _readAgainAt = null;
        if (_due.Count == 0 && _nextDueAt <= now && _flight.HasRoom(1))
        {
            readDue = true;
            return null;
        }
        for (var p = 3; p >= 0; p--)
        {
            TakeDue(batch, (Priority)p, now, ref bytes);
            var lane = _lanes[p];
            while (batch.Count < MaxBatch && bytes < MaxBatchBytes && lane.Queue.TryPeek(out var entry))
            {
                var size = EnvelopeOverhead + entry.Message.Body.Length;
                if (!_flight.HasRoom(size)) return null;
                lane.Take();
                if (entry.Message.ExpiresAt <= now) continue;
                _flight.Add(entry, size, now);
                batch.Add(entry);
                bytes += size;
            }
            if (batch.Count >= MaxBatch || bytes >= MaxBatchBytes || lane.Queue.Count > 0) return null;
            if (lane is { Unread: true } && _flight.HasRoom(1)) return lane;
        }
        return null;
    }

    private void TakeDue(List<Entry> batch, Priority priority, DateTimeOffset now, ref int bytes)
    {
        for (var i = 0; i < _due.Count && batch.Count < MaxBatch; i++)
        {
            var entry = _due[i];
            var size = EnvelopeOverhead + entry.Message.Body.Length;
            if (entry.Message.Priority != priority) continue;
            if (!_flight.HasRoom(size)) return;
            _due.RemoveAt(i--);
            if (entry.Message.ExpiresAt <= now || _flight.Find(entry.Seq) is not null) continue;
            _flight.Add(entry, size, now);
            batch.Add(entry);
            bytes += size;
        }
    }

    private async Task ReadLaneAsync(MailboxLane lane, long after)
    {
        var limit = Math.Min(256, _flight.Window);
        var page = await mailbox.ReadAsync(deviceKey, (Priority)Array.IndexOf(_lanes, lane), after, limit, windowBytes, CancellationToken.None).ConfigureAwait(false);
        lock (_gate) lane.EndReading(page.Entries, page.More);
    }

    private async Task ReadDueAsync()
    {
        int limit;
        lock (_gate) (_nextDueAt, _readingDue, limit) = (null, true, _flight.ExactCount + _flight.Window);
        var due = await mailbox.ReadDueAsync(deviceKey, time.GetUtcNow(), limit, CancellationToken.None).ConfigureAwait(false);
        lock (_gate)
        {
            _readingDue = false;
            _due = [.. due.Entries.Where(e => _flight.Find(e.Seq) is null && !_removedWhileReadingDue.Contains(e.Seq))];
            _removedWhileReadingDue.Clear();
            if (due.NextAt < (_nextDueAt ?? DateTimeOffset.MaxValue)) _nextDueAt = due.NextAt;
        }
    }
}
