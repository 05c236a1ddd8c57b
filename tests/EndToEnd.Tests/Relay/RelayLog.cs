namespace RooCoord.EndToEnd.Tests.Relay;

/// <summary>What both clients noted, in the order in which they did.</summary>
internal sealed class RelayLog
{
    private readonly Lock _gate = new();
    private readonly List<RelayEvent> _events = [];
    private readonly TaskCompletionSource _enough = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly int _enoughConfirmed;
    private int _confirmed;

    /// <param name="enoughConfirmed">When <see cref="EnoughConfirmed"/> ends.</param>
    public RelayLog(int enoughConfirmed) => _enoughConfirmed = enoughConfirmed;

    /// <summary>Ends in the middle of the sending.</summary>
    public Task EnoughConfirmed => _enough.Task;

    public void Add(RelayEvent line)
    {
        lock (_gate)
        {
            _events.Add(line);
            if (line.Event == RelayEvent.Confirmed && ++_confirmed == _enoughConfirmed) _enough.TrySetResult();
        }
    }

    public List<RelayEvent> Of(string kind)
    {
        lock (_gate) return [.. _events.Where(e => e.Event == kind)];
    }

    public int Count(string kind) => Of(kind).Count;

    /// <summary>What went on, in numbers.</summary>
    public Task PrintAsync()
    {
        var received = Of(RelayEvent.Received);
        return TestContext.Out.WriteLineAsync(
            $"{Count(RelayEvent.Confirmed)} confirmed, {Of(RelayEvent.Confirmed).Count(e => e.Duplicate)} of them on a second try; "
            + $"{received.Count} received, {received.Count - received.DistinctBy(e => e.Seq).Count()} of them again; "
            + $"left {Count(RelayEvent.Left)} times, cut {Count(RelayEvent.Cut)} times, returned {Count(RelayEvent.Returned)} times; "
            + $"last: {string.Join(", ", Last())}");
    }

    // The last line of each kind, in the order in which they came.
    private List<string> Last()
    {
        lock (_gate) return [.. _events.Index().GroupBy(e => e.Item.Event).Select(g => g.Last()).OrderBy(e => e.Index).Select(e => $"{e.Item.Event} {e.Item.Seq} as line {e.Index}")];
    }

    /// <summary>All that was confirmed has arrived, in order, and nothing else; what was acknowledged stayed settled.</summary>
    public void AssertNothingIsLost(int count)
    {
        var confirmed = Of(RelayEvent.Confirmed);
        var firsts = Of(RelayEvent.Received).DistinctBy(e => e.Seq).ToList();
        var gapFree = Enumerable.Range(1, count).Select(n => (long)n).ToList();
        var position = Of(RelayEvent.Done).Single().Position!;
        Assert.Multiple(() =>
        {
            Assert.That(confirmed.Select(e => e.Id).Distinct().Count(), Is.EqualTo(count), "each message is confirmed");
            Assert.That(confirmed.Select(e => e.Seq).Order(), Is.EqualTo(gapFree), "confirmed seqs have neither gaps nor twins");
            Assert.That(firsts.Select(e => e.Seq), Is.EqualTo(gapFree), "once deduplicated by seq, all have arrived in order");
            Assert.That(firsts.Select(e => (e.Seq, e.Id)), Is.EquivalentTo(confirmed.Select(e => (e.Seq, e.Id))), "at each seq stands what was confirmed there");
            Assert.That(position.Head, Is.EqualTo(count), "head");
            Assert.That(position.Acknowledged, Is.EqualTo(count), "nothing is left open");
        });
        AssertSettledStaysSettled();
    }

    /// <summary>What comes again counts as another attempt. After a crash of the server it may keep its number.</summary>
    public void AssertAttemptsCount(bool afterCrash)
    {
        foreach (var bySeq in Of(RelayEvent.Received).GroupBy(e => e.Seq))
        {
            var attempts = bySeq.Select(e => e.Attempt).ToList();
            Assert.That(attempts, Is.Ordered, $"attempts of seq {bySeq.Key}");
            if (!afterCrash) Assert.That(attempts, Is.Unique, $"attempts of seq {bySeq.Key}");
        }
    }

    private void AssertSettledStaysSettled()
    {
        lock (_gate)
        {
            long settled = 0;
            foreach (var line in _events)
            {
                if (line.Event == RelayEvent.Acknowledged) settled = Math.Max(settled, line.Seq);
                if (line.Event == RelayEvent.Received) Assert.That(line.Seq, Is.GreaterThan(settled), "an acknowledged entry came again");
            }
        }
    }
}
