using System.Diagnostics;
using RooCoord.Bench.Backplane.Nodes;

namespace RooCoord.Bench.Backplane.Measurements;

/// <summary>One connection that joins many groups at once which its node has no member of.</summary>
internal static class Joins
{
    private const int Groups = 4000;

    public static async Task<IEnumerable<Figure>> MeasureAsync(Cluster cluster)
    {
        var one = await cluster.StartAsync();
        var client = await one.ConnectAsync();
        var began = Stopwatch.GetTimestamp();
        await Task.WhenAll(Enumerable.Range(0, Groups).Select(i => one.Hub.AddToGroupAsync(client.Id, $"group {i}")));
        return [new($"ms until a connection has joined {Groups:N0} new groups at once", Stopwatch.GetElapsedTime(began).TotalMilliseconds)];
    }
}
