using RooCoord.Bench.Load;

namespace RooCoord.Bench.Servers;

/// <summary>Two nodes on one database and, if they use it, one Redis, both on the servers' core.</summary>
internal sealed class RooCoordCluster : IRelayServer
{
    private readonly Placement _placement;
    private readonly SharedStores _stores;
    private readonly RooCoordServer[] _nodes;

    private RooCoordCluster(Placement placement, SharedStores stores, RooCoordServer[] nodes) => (_placement, _stores, _nodes) = (placement, stores, nodes);

    public Variant Variant => Variant.DurablePostgres;

    public TimeSpan CpuTime => _nodes.Aggregate(TimeSpan.Zero, static (sum, node) => sum + node.CpuTime);

    public TimeSpan DatabaseCpuTime => _stores.Database.CpuTime;

    public TimeSpan RedisCpuTime => _stores.Redis.CpuTime;

    public static async Task<RooCoordCluster> StartAsync(Placement placement, int users, bool usesRedis, CancellationToken cancellation)
    {
        await using var undo = new Undo();
        var stores = undo.Add(await SharedStores.CreateAsync(usesRedis, cancellation));
        var first = undo.Add(await RooCoordServer.StartAsync(Variant.DurablePostgres, users, stores, cancellation));
        var second = undo.Add(await RooCoordServer.StartAsync(Variant.DurablePostgres, users: 0, stores, cancellation));
        undo.Clear();
        return new(placement, stores, [first, second]);
    }

    /// <summary>Registered at the first node; each connects where its place is.</summary>
    public async Task<IReadOnlyList<DeviceCredential>> RegisterAsync(int count, CancellationToken cancellation)
    {
        var credentials = await _nodes[0].RegisterAsync(count, cancellation);
        return [.. credentials.Select((credential, device) => credential with { Port = _nodes[_placement.NodeOf(device, _nodes[0].UserTokens.Count)].Port })];
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var node in _nodes) await node.DisposeAsync();
        await _stores.DisposeAsync();
    }
}
