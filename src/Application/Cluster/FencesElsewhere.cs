namespace RooCoord.Application.Cluster;

/// <summary>Tells other nodes that fences were raised. A hint: each node also looks by itself (<see cref="NodeWatch"/>).</summary>
internal sealed class FencesElsewhere(INodeBus bus)
{
    // Longer than a node takes that is well; one that is not must not hold up who comes after it.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);

    /// <summary>Of one device, wherever it is.</summary>
    public void Raised(long deviceKey) => bus.PostToAll(new FencesRaised([deviceKey], 0));

    /// <summary>Of all devices of a user.</summary>
    public void RaisedOfUser(long userKey) => bus.PostToAll(new FencesRaised([], userKey));

    /// <summary>Waits until a node has returned the flight of a device that came here, so that what was in flight comes with the next attempt; not for one that does not answer.</summary>
    public async Task TakeOverAsync(long node, long deviceKey)
    {
        using var patience = new CancellationTokenSource(Patience);
        try { await bus.AskAsync(node, new FencesRaised([deviceKey], 0), patience.Token).ConfigureAwait(false); }
        catch (Exception exception) when (exception is Domain.Fault or OperationCanceledException)
        {
            // It is dead, or hears of it later: what it returns then counts as well.
        }
    }
}
