using RooCoord.Domain;

namespace RooCoord.Application.Cluster;

/// <summary>
/// The way to the other nodes. What is posted to one node arrives in the order posted, or not at all: a node may be gone, the line
/// down. Nothing that must not be lost is sent this way alone.
/// </summary>
public interface INodeBus
{
    /// <summary>Whether there can be other nodes.</summary>
    bool IsCluster { get; }

    /// <summary>Whether other nodes hear this one now, as far as is known.</summary>
    bool IsUp { get; }

    /// <summary>Sends to one node; returns at once.</summary>
    void Post(long node, NodeMessage message);

    /// <summary>Sends to all other nodes; returns at once.</summary>
    void PostToAll(NodeMessage message);

    /// <summary>
    /// Asks one node and returns its answer, or throws the fault it answered with; <see cref="FaultCode.Unavailable"/> at once when
    /// the node is gone or the line is down, and within seconds when it dies meanwhile. Cancelled, the node is told.
    /// </summary>
    Task<ReadOnlyMemory<byte>> AskAsync(long node, NodeMessage message, CancellationToken cancellationToken);

    /// <summary>The nodes that this one spoke with, and has not forgotten.</summary>
    IReadOnlyCollection<long> Known { get; }

    /// <summary>A node was declared dead: whoever waits for its answers waits no more.</summary>
    void Forget(long node);
}

/// <summary>No other nodes.</summary>
internal sealed class SingleNode : INodeBus
{
    public bool IsCluster => false;

    public bool IsUp => true;

    public IReadOnlyCollection<long> Known => [];

    public void Post(long node, NodeMessage message) { }

    public void PostToAll(NodeMessage message) { }

    public Task<ReadOnlyMemory<byte>> AskAsync(long node, NodeMessage message, CancellationToken cancellationToken) =>
        Task.FromException<ReadOnlyMemory<byte>>(new Fault(FaultCode.Unavailable, "there are no other nodes"));

    public void Forget(long node) { }
}
