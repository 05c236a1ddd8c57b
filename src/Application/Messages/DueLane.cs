using RooCoord.Domain.Messages;

namespace RooCoord.Application.Messages;

/// <summary>The way of entries put off by <c>Retry</c>: those that are due, most urgent first, and when to look into the mailbox for more. Its pump locks.</summary>
internal sealed class DueLane
{
    private readonly HashSet<long> _removedWhileReading = [];
    private List<Entry> _entries = [];
    private DateTimeOffset? _lookAt;
    private bool _reading;

    /// <summary>Entries in memory.</summary>
    public bool Any => _entries.Count > 0;

    /// <summary>Whether the mailbox is to be read before anything else is sent.</summary>
    public bool MustRead(DateTimeOffset now) => !Any && _lookAt <= now;

    /// <summary>Looks no later than this.</summary>
    public void LookAt(DateTimeOffset at)
    {
        if (at < (_lookAt ?? DateTimeOffset.MaxValue)) _lookAt = at;
    }

    /// <summary>Begins a read; returns how many to read: those in flight are due as well, and a window of others.</summary>
    public int BeginReading(Flight flight)
    {
        (_lookAt, _reading) = (null, true);
        return flight.PutOffCount + flight.Window;
    }

    /// <summary>Takes what was read, but for what is in flight or was settled meanwhile; null: the read failed.</summary>
    public void EndReading(DueEntries? read, Flight flight)
    {
        _reading = false;
        if (read is null) LookAt(DateTimeOffset.MinValue);
        else
        {
            _entries = [.. read.Entries.Where(e => flight.Find(e.Seq) is null && !_removedWhileReading.Contains(e.Seq))];
            if (read.NextAt is { } at) LookAt(at);
        }
        _removedWhileReading.Clear();
    }

    /// <summary>Forgets one entry.</summary>
    public void Remove(long seq)
    {
        _entries.RemoveAll(e => e.Seq == seq);
        if (_reading) _removedWhileReading.Add(seq);
    }

    /// <summary>The next one of this priority, or null.</summary>
    public Entry? Peek(Priority priority) => _entries.Find(e => e.Message.Priority == priority);

    /// <summary>Takes it out.</summary>
    public void Take(Entry entry) => _entries.Remove(entry);
}
