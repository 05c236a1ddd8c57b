namespace RooCoord.Bench.Backplane.Nodes;

/// <summary>Nodes of one variant that meet under a prefix of their own.</summary>
internal sealed class Cluster(Variant variant, string redis) : IAsyncDisposable
{
    private readonly List<Node> _nodes = [];

    public string Redis => redis;
    public string Prefix { get; } = $"bench-{Guid.NewGuid():N}";

    /// <summary>A node that has connected to Redis; not settled: a naive one's own subscriptions are still on their way.</summary>
    public async Task<Node> StartAsync(bool isSettled = true)
    {
        var node = await (variant == Variant.Naive ? NaiveNode.StartAsync(redis, Prefix, isSettled) : RooCoordNode.StartAsync(redis, Prefix));
        _nodes.Add(node);
        return node;
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var node in _nodes) await node.DisposeAsync();
    }
}

/// <summary>What is compared.</summary>
internal enum Variant
{
    Naive,
    RooCoord,
}
