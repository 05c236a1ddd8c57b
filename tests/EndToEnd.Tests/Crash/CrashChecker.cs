namespace RooCoord.EndToEnd.Tests.Crash;

/// <summary>Holds the clients' own log against the contract.</summary>
internal sealed class CrashChecker
{
    private readonly List<string> _violations = [];
    private readonly Dictionary<string, CrashLine.Sending> _sent = [];
    private readonly Dictionary<string, CrashLine.Confirmed> _confirmed = [];
    private readonly Dictionary<string, MailboxRules> _mailboxes = [];

    /// <summary>What was promised and not kept, each a sentence.</summary>
    public static IReadOnlyList<string> Check(IEnumerable<CrashLine> lines)
    {
        var checker = new CrashChecker();
        foreach (var line in lines) checker.Take(line);
        checker.End();
        return checker._violations;
    }

    private void Take(CrashLine line)
    {
        switch (line)
        {
            case CrashLine.Sending sending:
                _sent.Add(sending.Id, sending);
                break;
            case CrashLine.Confirmed confirmed:
                Confirmed(confirmed);
                break;
            case CrashLine.Connected connected:
                Of(connected.Device).Connected();
                break;
            case CrashLine.Received received:
                Expected(received);
                Of(received.Device).Received(received);
                break;
            case CrashLine.Retrying retrying:
                Of(retrying.Device).Retrying(retrying.Seq);
                break;
            case CrashLine.Acknowledged acknowledged:
                Of(acknowledged.Device).Acknowledged(acknowledged.Seq);
                break;
            case CrashLine.Rejected rejected:
                Of(rejected.Device).Rejected(rejected.Seq);
                break;
            case CrashLine.Drained drained:
                Of(drained.Device).Drained(drained.Position);
                break;
        }
    }

    private void Confirmed(CrashLine.Confirmed line)
    {
        var sent = _sent[line.Id];
        if (!line.Deliveries.Select(d => d.Device).Order().SequenceEqual(sent.Devices.Order())) _violations.Add($"{line.Id} was confirmed for other devices");
        foreach (var delivery in line.Deliveries)
        {
            if (delivery.Seq is { } seq) Of(delivery.Device).Placed(line.Id, seq);
            else _violations.Add($"{line.Id} was {delivery.State} at {delivery.Device}");
        }
        if (_confirmed.TryAdd(line.Id, line)) return;
        if (!line.Duplicate) _violations.Add($"{line.Id} was confirmed twice, and not as a duplicate");
        if (!line.Deliveries.SequenceEqual(_confirmed[line.Id].Deliveries)) _violations.Add($"{line.Id} was answered otherwise the second time");
    }

    private void Expected(CrashLine.Received line)
    {
        if (!_sent.TryGetValue(line.Id, out var sent) || !sent.Devices.Contains(line.Device)) _violations.Add($"{line.Device}: {line.Id} was never sent there");
        else if (sent.Priority != line.Priority) _violations.Add($"{line.Device}: {line.Id} was sent as {sent.Priority} and came as {line.Priority}");
    }

    private void End()
    {
        foreach (var id in _sent.Keys)
            if (!_confirmed.ContainsKey(id)) _violations.Add($"{id} was never confirmed");
        foreach (var mailbox in _mailboxes.Values) mailbox.Ended();
    }

    private MailboxRules Of(string device) =>
        _mailboxes.TryGetValue(device, out var rules) ? rules : _mailboxes[device] = new(device, _violations.Add);
}
