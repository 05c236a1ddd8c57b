namespace RooCoord.EndToEnd.Tests.Crash;

/// <summary>The log of all clients.</summary>
internal sealed class CrashLog
{
    private readonly Lock _gate = new();
    private readonly List<CrashLine> _lines = [];
    private readonly Dictionary<string, HashSet<string>> _awaited = [];
    private readonly HashSet<string> _unanswered = [];

    /// <summary><c>Send</c>s begun and not yet answered.</summary>
    public int Unanswered { get { lock (_gate) return _unanswered.Count; } }

    public void Add(CrashLine line)
    {
        lock (_gate)
        {
            _lines.Add(line);
            switch (line)
            {
                case CrashLine.Sending sending:
                    _unanswered.Add(sending.Id);
                    foreach (var device in sending.Devices) AwaitedBy(device).Add(sending.Id);
                    break;
                case CrashLine.Confirmed confirmed:
                    _unanswered.Remove(confirmed.Id);
                    break;
                case CrashLine.Received received:
                    AwaitedBy(received.Device).Remove(received.Id);
                    break;
            }
        }
    }

    /// <summary>Whether everything ever sent to this device has come.</summary>
    public bool HasAll(string device)
    {
        lock (_gate) return AwaitedBy(device).Count == 0;
    }

    public IReadOnlyList<CrashLine> Lines()
    {
        lock (_gate) return [.. _lines];
    }

    /// <summary>What went on, in numbers.</summary>
    public string Summary()
    {
        var lines = Lines();
        var answers = lines.OfType<CrashLine.Confirmed>().ToList();
        var first = answers.DistinctBy(c => c.Id).ToList();
        var received = lines.OfType<CrashLine.Received>().ToList();
        return $"{first.Count} confirmed, {first.Count(c => c.Duplicate)} of them after a lost answer, {answers.Count - first.Count} confirmed again; "
            + $"{received.Count} received, {received.Count - received.DistinctBy(r => (r.Device, r.Seq)).Count()} of them again; "
            + $"{lines.OfType<CrashLine.Connected>().Count()} connections of receivers, {lines.OfType<CrashLine.Acknowledged>().Count()} acknowledgements, "
            + $"{lines.OfType<CrashLine.Rejected>().Count()} rejections, {lines.OfType<CrashLine.Retrying>().Count()} retries";
    }

    private HashSet<string> AwaitedBy(string device) => _awaited.TryGetValue(device, out var ids) ? ids : _awaited[device] = [];
}
