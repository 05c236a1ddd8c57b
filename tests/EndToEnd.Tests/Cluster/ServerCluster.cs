using RooCoord.EndToEnd.Tests.Processes;
using RooCoord.Testing;

namespace RooCoord.EndToEnd.Tests.Cluster;

/// <summary>Several nodes, each a process of its own, on one database, one Redis and one folder of blobs.</summary>
internal sealed class ServerCluster : IAsyncDisposable
{
    private readonly List<TestDatabase> _folders = [];
    private readonly List<ServerProcess> _nodes = [];

    private ServerCluster() { }

    public IReadOnlyList<ServerProcess> Nodes => _nodes;

    /// <param name="count">Nodes.</param>
    /// <param name="database"><c>RooCoord:Database</c>.</param>
    /// <param name="redis"><c>RooCoord:Redis</c>, of each node.</param>
    /// <param name="settings">Other settings of every node.</param>
    public static Task<ServerCluster> StartAsync(int count, string database, Func<int, string> redis, params string[] settings) =>
        StartAsync(count, database, redis, _ => TimeSpan.Zero, settings);

    /// <param name="count">Nodes.</param>
    /// <param name="database"><c>RooCoord:Database</c>.</param>
    /// <param name="redis"><c>RooCoord:Redis</c>, of each node.</param>
    /// <param name="clockAhead">How wrong the clock of each node is.</param>
    /// <param name="settings">Other settings of every node.</param>
    public static async Task<ServerCluster> StartAsync(int count, string database, Func<int, string> redis, Func<int, TimeSpan> clockAhead, params string[] settings)
    {
        var cluster = new ServerCluster();
        try
        {
            var prefix = TestRedis.NewPrefix();
            for (var i = 0; i < count; i++)
            {
                var folder = await TestDatabase.CreateAsync(Engine.Sqlite);
                cluster._folders.Add(folder);
                cluster._nodes.Add(await ServerProcess.StartAsync(
                    folder.Folder, database, clockAhead(i),
                    [$"--RooCoord:Redis={redis(i)}", $"--RooCoord:RedisPrefix={prefix}", $"--RooCoord:Blobs={Path.Combine(cluster._folders[0].Folder, "blobs")}", .. settings]));
            }
            return cluster;
        }
        catch
        {
            await cluster.DisposeAsync();
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var node in _nodes) await node.DisposeAsync();
        foreach (var folder in _folders) await folder.DisposeAsync();
    }
}
