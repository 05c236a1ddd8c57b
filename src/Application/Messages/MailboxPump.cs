using RooCoord.Application.Sessions;
using RooCoord.Contracts;
using RooCoord.Domain.Messages;
using Entry = RooCoord.Domain.Messages.Entry;

namespace RooCoord.Application.Messages;

/// <summary>
/// Moves one device's mailbox to its connection: highest priority first, seq order within one, as much as the window takes.
/// What was committed on this node is handed over in memory; whatever does not fit, or came from elsewhere, is read from
/// the mailbox when there is room, so memory is bounded by the window.
/// </summary>
public sealed partial class MailboxPump(
    IMailbox mailbox, IReceiptStore receipts, IMailboxSignal signal, IDeviceLink link, TimeProvider time, CallingDevice device, int windowBytes)
{
    private readonly Lock _gate = new();
    private readonly Outgoing _out = new(windowBytes);
    private readonly ReceiptLane _receipts = new();
    private readonly Queue<string> _withdrawn = [];
    private readonly HashSet<long> _puttingOff = [];
    private DateTimeOffset? _readAgainAt;
    private DateTimeOffset? _writingSince;
    private bool _started, _stopped, _running, _foundEmpty, _missed;

    /// <summary>Since when the transport has taken nothing, or null.</summary>
    public DateTimeOffset? WritingSince { get { lock (_gate) return _writingSince; } }
    /// <summary>Whether delivery has begun.</summary>
    public bool Started { get { lock (_gate) return _started; } }

    /// <summary>Sets the window.</summary>
    public void SetWindow(int window)
    {
        lock (_gate)
        {
            _out.Flight.Window = window;
            Schedule();
        }
    }

    /// <summary>
    /// Where the mailbox stood a moment ago: what is told later of entries up to its highest seq is no news. Found empty, <see cref="Start"/>
    /// need not read it, unless something came meanwhile: most of a storm of reconnecting devices.
    /// </summary>
    public void Found(long head, bool isEmpty)
    {
        lock (_gate)
        {
            _foundEmpty = isEmpty;
            _out.Know(head);
        }
    }

    /// <summary>The mailbox's highest seq as the database has it: what nobody told of is read.</summary>
    public void Reaches(long head)
    {
        lock (_gate)
        {
            if (!_started || _stopped || !_out.Reaches(head)) return;
            _missed = true;
            Schedule();
        }
    }

    /// <summary>What was told may have been lost: forgets what waits in memory, which may have been taken back, and reads the mailbox again.</summary>
    public void Reread()
    {
        lock (_gate)
        {
            if (!_started || _stopped) return;
            _out.Reread();
            RecheckLocked();
        }
    }

    /// <summary>Begins delivery with whatever the mailbox holds.</summary>
    public void Start()
    {
        lock (_gate)
        {
            if (_started) return;
            _started = true;
            _receipts.Start();
            if (_foundEmpty && !_missed) Schedule();
            else RecheckLocked();
        }
    }

    /// <summary>Looks into the mailbox again: something may have been committed that was not handed over.</summary>
    public void Recheck() { lock (_gate) RecheckLocked(); }

    private void RecheckLocked()
    {
        _out.Recheck();
        (_readAgainAt, _missed) = (null, true);
        Schedule();
    }

    /// <summary>Sends nothing durable any more that was not sent before; true while anything is in flight.</summary>
    public bool HoldBack() { lock (_gate) return (_out.Flight.Closed = true) && _out.Flight.Count > 0; }

    /// <summary>Takes an entry that was just committed.</summary>
    public void Appended(Entry entry)
    {
        lock (_gate)
        {
            _missed = true;
            if (!_started || _stopped) return;
            _out.Appended(entry);
            Schedule();
        }
    }

    /// <summary>Takes an ephemeral message if delivery has begun and its buffer has room.</summary>
    public bool TrySend(Message message)
    {
        lock (_gate)
        {
            if (!_started || _stopped || !_out.TryAdd(message)) return false;
            Schedule();
            return true;
        }
    }

    /// <summary>What is known of an entry in flight, if that holds; naming one restarts the 30 s.</summary>
    public EntryKind? Touch(long seq)
    {
        lock (_gate)
        {
            if (_out.Flight.Find(seq) is not { } entry) return null;
            _out.Flight.Touch(time.GetUtcNow());
            return _puttingOff.Contains(seq) ? null : new(entry.Message.Priority, entry.Exact);
        }
    }

    /// <summary>An open entry was named that may not be in flight: that restarts the 30 s of those that are.</summary>
    public void Touch() { lock (_gate) _out.Flight.Touch(time.GetUtcNow()); }

    /// <summary>An entry is about to be put off: what is known of it no longer holds. Returns its attempt, or null when it is not in flight.</summary>
    public int? PuttingOff(long seq)
    {
        lock (_gate)
        {
            if (_out.Flight.Find(seq) is not { } entry) return null;
            _puttingOff.Add(seq);
            return entry.Attempt;
        }
    }

    /// <summary>When the entry in flight was first sent, or null.</summary>
    public DateTimeOffset? InFlightSince(long seq) { lock (_gate) return _stopped ? null : _out.Flight.SentAt(seq); }

    /// <summary>A claim was answered: its entry is the device's from now on, or not there for it any more. Either restarts the 30 s.</summary>
    public void Claimed(long seq, bool won)
    {
        lock (_gate)
        {
            if (won) _out.Won(seq);
            else _out.Remove(seq);
            if (_out.Flight.Find(seq) is not null) _out.Flight.Touch(time.GetUtcNow());
            Schedule();
        }
    }

    /// <summary>Forgets an entry that was taken back, and tells the app once what was sent before is on the wire.</summary>
    public void Withdraw(long seq, string messageId)
    {
        lock (_gate)
        {
            _out.Withdraw(seq);
            _withdrawn.Enqueue(messageId);
            Schedule();
        }
    }

    /// <summary>Takes a receipt once delivery has begun.</summary>
    public void Tell(ReceiptFor receipt)
    {
        lock (_gate)
        {
            if (!_started || _stopped) return;
            _receipts.Add(receipt);
            Schedule();
        }
    }

    /// <summary>Receipts told on this connection so long ago that they may be forgotten.</summary>
    public IReadOnlyList<ReceiptFor> TakeForgettable(DateTimeOffset now) { lock (_gate) return _receipts.TakeForgettable(now); }

    /// <summary>Forgets what a committed acknowledgement settled.</summary>
    public void Settled(Settlement settlement, long seq)
    {
        if (settlement.Priority is not { } priority) return;
        lock (_gate)
        {
            if (settlement.Exact) _out.Remove(seq);
            _out.SettleThrough(priority, seq);
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
            if (_out.Flight.Find(seq)?.Attempt > attempt) return;
            _out.Remove(seq);
            if (dueAt is { } at) _out.Due.LookAt(at);
            Schedule();
        }
    }

    /// <summary>Ends delivery; returns what was in flight, in the order sent.</summary>
    public IReadOnlyList<Entry> Stop()
    {
        lock (_gate)
        {
            if (_stopped) return [];
            _stopped = true;
            return _out.Flight.InSendOrder();
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
            return _out.Flight.Deadline <= now && _writingSince is null ? _out.Flight.Redeliver(now) : [];
        }
    }

    /// <summary>Sends entries of the flight again that <see cref="Tick"/> returned, but for those settled since.</summary>
    public void Redeliver(IReadOnlyList<Entry> entries)
    {
        lock (_gate)
        {
            _out.Redeliver(entries);
            Schedule();
        }
    }

    private void Schedule()
    {
        if (_running || !_started || _stopped) return;
        var now = time.GetUtcNow();
        if (!_out.MustSend && _withdrawn.Count == 0 && !_receipts.Any && !(MayRead(now) && _out.MaySend(now))) return;
        _running = true;
        ThreadPool.UnsafeQueueUserWorkItem(static pump => _ = pump.RunOrEndAsync(), this, preferLocal: false);
    }

    // After a failed read the mailbox is left alone for a while.
    private bool MayRead(DateTimeOffset now) => !(now < _readAgainAt);

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
            Func<Task>? next;
            lock (_gate)
            {
                _writingSince = null;
                batch.Clear();
                var now = time.GetUtcNow();
                next = _stopped ? null : TakeNotice(now) ?? Take(batch, now);
                if (_stopped || (batch.Count == 0 && next is null))
                {
                    _running = false;
                    return;
                }
                if (batch.Count > 0) _writingSince = now;
            }
            try
            {
                if (batch.Count == 0) await next!().ConfigureAwait(false);
                else await DeliverAsync(batch).ConfigureAwait(false);
            }
            catch (Exception)
            {
                // The transport is gone: its end returns the flight.
                lock (_gate) (_running, _writingSince) = (false, null);
                return;
            }
        }
    }

    private async Task DeliverAsync(List<Entry> batch)
    {
        await link.DeliverAsync(batch).ConfigureAwait(false);
        foreach (var entry in batch)
            if (entry.Message is { Receipts: ReceiptMode.All, SenderKey: { } sender })
                signal.Receipts([new(sender, entry.Message.Id, device.Key, device.Id, entry.Seq, DeliveryState.Sent, time.GetUtcNow(), null, Kept: false)]);
    }

    // What is not of the mailbox: told before the next envelopes, after those already written.
    private Func<Task>? TakeNotice(DateTimeOffset now)
    {
        if (_withdrawn.TryDequeue(out var id)) return () => link.WithdrawnAsync(id);
        if (_receipts.MustRead) return MayRead(now) ? ReadReceiptsAsync : null;
        return _receipts.Take(now) is { } receipt ? () => link.ReceiptAsync(receipt) : null;
    }

    private Func<Task>? Take(List<Entry> batch, DateTimeOffset now)
    {
        if (_out.Take(batch, now, MayRead(now)) is not { } unread) return null;
        return unread.Lane is { } lane ? () => ReadLaneAsync(lane, unread.Priority) : ReadDueAsync;
    }
}
