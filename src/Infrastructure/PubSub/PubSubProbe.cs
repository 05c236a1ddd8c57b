using RooCoord.Domain;

namespace RooCoord.Infrastructure.PubSub;

/// <summary>Whether other nodes hear this one at once. A node that nobody hears still serves, only slower: it is not ready for less.</summary>
internal sealed class PubSubProbe(PubSubConnection pubSub) : IReadinessProbe
{
    public string Name => pubSub.Name.ToLowerInvariant();

    public bool IsFatal => false;

    public Task CheckAsync(CancellationToken cancellationToken) =>
        pubSub.IsConnected ? Task.CompletedTask : throw new Fault(FaultCode.Unavailable, $"{pubSub.Name} cannot be reached; other nodes look into the database");
}
