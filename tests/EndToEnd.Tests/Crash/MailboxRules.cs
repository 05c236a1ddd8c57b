namespace RooCoord.EndToEnd.Tests.Crash;

/// <summary>What the contract promises of one mailbox, held against the lines about it as they come.</summary>
internal sealed class MailboxRules(string device, Action<string> violated)
{
    private readonly Dictionary<long, string> _idAt = [];
    private readonly Dictionary<string, long> _seqOf = [];
    private readonly Dictionary<long, Entry> _seen = [];
    private readonly Dictionary<string, List<Entry>> _open = [];
    private readonly Dictionary<string, long> _firstReceipt = [];
    private readonly Dictionary<string, long> _onConnection = [];
    private int _connection;
    private bool _drained;

    private sealed class Entry(string priority, long seq)
    {
        public string Priority => priority;
        public long Seq => seq;
        public int Attempt { get; set; }
        public int Connection { get; set; }
        public bool Retried { get; set; }
        public string? SettledBy { get; set; }
    }

    /// <summary>The server said that this message has this seq, to its sender or to its receiver.</summary>
    public void Placed(string id, long seq)
    {
        if (_idAt.TryAdd(seq, id) is false && _idAt[seq] != id) Violated($"seq {seq} carries two ids, {_idAt[seq]} and {id}");
        if (_seqOf.TryAdd(id, seq) is false && _seqOf[id] != seq) Violated($"{id} has two seqs, {_seqOf[id]} and {seq}");
    }

    public void Connected()
    {
        _connection++;
        _onConnection.Clear();
    }

    public void Received(CrashLine.Received line)
    {
        Placed(line.Id, line.Seq);
        if (line.Epoch != 0) Violated($"seq {line.Seq} is of epoch {line.Epoch}");
        var isFirst = !_seen.TryGetValue(line.Seq, out var entry);
        if (entry is null)
        {
            _seen[line.Seq] = entry = new(line.Priority, line.Seq);
            OpenOf(line.Priority).Add(entry);
        }
        if (entry.SettledBy is { } call) Violated($"seq {line.Seq} came again after the answered {call}");
        if (line.Attempt < Math.Max(1, entry.Attempt)) Violated($"seq {line.Seq} came with attempt {line.Attempt} after {entry.Attempt}");
        if (!entry.Retried) Ordered(line.Priority, line.Seq, isFirst);
        else if (entry.Connection == _connection && line.Attempt <= entry.Attempt) Violated($"seq {line.Seq} came twice on a connection with attempt {line.Attempt}");
        (entry.Attempt, entry.Connection) = (line.Attempt, _connection);
    }

    private void Ordered(string priority, long seq, bool isFirst)
    {
        if (seq <= _onConnection.GetValueOrDefault(priority)) Violated($"seq {seq} came after {_onConnection[priority]} of {priority} on one connection");
        if (isFirst && seq < _firstReceipt.GetValueOrDefault(priority)) Violated($"seq {seq} first came after {_firstReceipt[priority]} of {priority}");
        _onConnection[priority] = seq;
        _firstReceipt[priority] = Math.Max(seq, _firstReceipt.GetValueOrDefault(priority));
    }

    public void Retrying(long seq) => _seen[seq].Retried = true;

    public void Acknowledged(long seq)
    {
        var priority = _seen[seq].Priority;
        foreach (var entry in OpenOf(priority))
            if (entry.Seq == seq || (entry.Seq < seq && !entry.Retried)) entry.SettledBy ??= $"Acknowledge({seq})";
        OpenOf(priority).RemoveAll(e => e.SettledBy is not null);
    }

    public void Rejected(long seq)
    {
        _seen[seq].SettledBy ??= $"Reject({seq})";
        OpenOf(_seen[seq].Priority).RemoveAll(e => e.Seq == seq);
    }

    /// <summary>All was sent, delivered and settled: nothing is missing, nothing is left.</summary>
    public void Drained(Contracts.ResumeResult position)
    {
        _drained = true;
        foreach (var (id, seq) in _seqOf)
            if (!_seen.ContainsKey(seq)) Violated($"seq {seq} ({id}) was confirmed and never came");
        for (var seq = 1L; seq <= position.Head; seq++)
            if (!_idAt.ContainsKey(seq)) Violated($"seq {seq} is a gap that stayed");
        if (_idAt.Keys.Any(seq => seq > position.Head)) Violated($"the head {position.Head} is behind seq {_idAt.Keys.Max()}");
        if (position.Acknowledged != position.Head) Violated($"after seq {position.Acknowledged} something stayed open; the head is {position.Head}");
    }

    public void Ended()
    {
        if (!_drained) Violated("was never drained");
    }

    private List<Entry> OpenOf(string priority) => _open.TryGetValue(priority, out var open) ? open : _open[priority] = [];

    private void Violated(string what) => violated($"{device}: {what}");
}
