namespace RooCoord.Infrastructure.Tests.Property;

/// <summary>What was called on one mailbox in one step, and whether it was answered: that alone may change, and if answered must have changed, its entries.</summary>
internal sealed class StepCalls
{
    private readonly List<(Kind Kind, long Seq, bool Answered)> _calls = [];

    private enum Kind { Acknowledge, Reject, Retry }

    /// <summary>A connection ended and the server noted it: one more attempt for what was in flight.</summary>
    public bool FlightReturned { get; set; }

    public void Acknowledge(long seq, bool answered) => _calls.Add((Kind.Acknowledge, seq, answered));

    public void Reject(long seq, bool answered) => _calls.Add((Kind.Reject, seq, answered));

    public void Retry(long seq, bool answered) => _calls.Add((Kind.Retry, seq, answered));

    public void Clear()
    {
        _calls.Clear();
        FlightReturned = false;
    }

    public int Retries(long seq) => _calls.Count(c => c.Kind == Kind.Retry && c.Seq == seq);

    /// <summary>Whether a call names the seq, which declines it when it is an offer.</summary>
    public bool Names(long seq) => _calls.Any(c => c.Kind != Kind.Retry && c.Seq == seq);

    public bool Rejects(long seq) => _calls.Any(c => c.Kind == Kind.Reject && c.Seq == seq);

    /// <summary>Whether an acknowledgement settles the entry as it was before.</summary>
    public bool Acknowledges(Row before, MailboxTable table) => Acknowledges(before, table, answeredOnly: false);

    /// <summary>Whether an answered call must have closed the entry or put it off.</summary>
    public bool MustHaveChanged(Row before, MailboxTable table) =>
        before.IsOpen && (Acknowledges(before, table, answeredOnly: true) || _calls.Any(c => c is { Kind: Kind.Reject or Kind.Retry, Answered: true } && c.Seq == before.Seq));

    private bool Acknowledges(Row before, MailboxTable table, bool answeredOnly) => _calls.Any(c =>
        c.Kind == Kind.Acknowledge && (c.Answered || !answeredOnly)
        && table.Rows.TryGetValue(c.Seq, out var named) && named.Priority == before.Priority
        && (c.Seq == before.Seq || (c.Seq > before.Seq && before.IsCumulative)));
}
