using RooCoord.EndToEnd.Tests.Clients;
using RooCoord.Testing;

namespace RooCoord.EndToEnd.Tests.Relay;

/// <summary>An app as the contract wants it: handles a seq once and acknowledges as it goes.</summary>
internal sealed class ReceivingApp(RelayLog log, Progress progress, int count)
{
    private readonly HashSet<long> _handled = [];
    private int _sinceAcknowledged;

    /// <summary>The highest seq handled; messages of one priority come in order, so all below it are too.</summary>
    public long Handled { get; private set; }

    /// <summary>Handles so many messages; true when it has handled all there will ever be. Ends early with the connection.</summary>
    public async Task<bool> HandleAsync(TestDevice device, int stay, Random random)
    {
        var acknowledgeAt = random.Next(1, RelayPlan.LongestUnacknowledged + 1);
        var acknowledging = new List<Task>();
        while (_handled.Count < count && stay-- > 0)
        {
            var next = device.NextAsync();
            if (await Task.WhenAny(next, device.Closed).Bounded() != next) throw new IOException("the connection is gone");
            var message = await next;
            var seq = message.Seq!.Value;
            log.Add(new(RelayEvent.Received, seq, message.Id, Attempt: message.Attempt!.Value));
            if (_handled.Add(seq)) Handled = seq;
            progress.Change(p => p.Handled = _handled.Count);
            if (++_sinceAcknowledged < acknowledgeAt && _handled.Count < count) continue;
            _sinceAcknowledged = 0;
            acknowledging.Add(AcknowledgeAsync(device, seq));
        }
        if (_handled.Count < count) return false;
        await Task.WhenAll(acknowledging);
        return true;
    }

    private async Task AcknowledgeAsync(TestDevice device, long seq)
    {
        try
        {
            await device.AcknowledgeAsync(seq).Bounded();
            log.Add(new(RelayEvent.Acknowledged, seq));
        }
        catch (Exception exception) when (Failure.IsPassing(exception))
        {
            // Unanswered: a hint that may count or not.
        }
    }
}
