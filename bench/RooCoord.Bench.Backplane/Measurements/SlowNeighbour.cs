using System.Diagnostics;
using RooCoord.Bench.Backplane.Nodes;

namespace RooCoord.Bench.Backplane.Measurements;

/// <summary>What a client that reads gets beside one in its group, on its node, that does not.</summary>
internal static class SlowNeighbour
{
    private const int Messages = 1000;
    // More than a pipe takes.
    private static readonly string Filling = new('x', 70_000);
    private static readonly string Body = new('x', 200);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);

    public static async Task<IEnumerable<Figure>> MeasureAsync(Cluster cluster)
    {
        var (one, two) = (await cluster.StartAsync(), await cluster.StartAsync());
        var (slow, reading) = (await two.JoinAsync("g"), await two.JoinAsync("g"));
        // It ends when the client has read, so maybe never.
        _ = two.Hub.SendConnectionAsync(slow.Id, "Hello", [Filling]);
        var began = Stopwatch.GetTimestamp();
        var received = reading.DrainAsync(Messages, Patience);
        for (var i = 0; i < Messages; i++) await one.Hub.SendGroupAsync("g", "Hello", [Body]);
        var count = await received;
        var left = Patience - Stopwatch.GetElapsedTime(began);
        if (left > TimeSpan.Zero) await Task.Delay(left, slow.Context.ConnectionAborted).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        return
        [
            new($"of {Messages:N0} group messages, after 2 s at a client whose neighbour does not read", count),
            Figure.Is("the client that does not read is dropped", slow.IsDropped),
        ];
    }
}
