namespace RooCoord.Domain.Messages;

/// <summary>
/// What the mailbox must note when a flight fails, by the end of its connection or because 30 s passed:
/// one more attempt for everything in flight, and one failure for the entry that was sent first.
/// Ordinary entries of one priority are named by their range: within it, all that is open was in flight.
/// </summary>
/// <param name="Ranges">Ordinary entries, at most one range a priority.</param>
/// <param name="Single">All others: put off, offered or won.</param>
/// <param name="Failing">The entry that was sent first, offers not won left out; null: none.</param>
public sealed record FlightReturn(IReadOnlyList<FlightReturn.Range> Ranges, IReadOnlyList<long> Single, long? Failing)
{
    /// <summary>Failures at which an entry is given up.</summary>
    public const int MaxFailures = 10;

    /// <summary>From the entries in send order; null when nothing is in flight.</summary>
    public static FlightReturn? Of(IReadOnlyList<Entry> inSendOrder)
    {
        if (inSendOrder.Count == 0) return null;
        var ranges = inSendOrder.Where(e => e.Ordinary).GroupBy(e => e.Message.Priority)
            .Select(g => new Range(g.Key, g.Min(e => e.Seq), g.Max(e => e.Seq)));
        return new([.. ranges], [.. inSendOrder.Where(e => !e.Ordinary).Select(e => e.Seq)],
            inSendOrder.FirstOrDefault(e => e.Offer != Offer.Open)?.Seq);
    }

    /// <summary>Seqs of one priority, both ends included.</summary>
    public readonly record struct Range(Priority Priority, long First, long Last);
}
