using System.Diagnostics;
using RooCoord.Bench.Backplane.Nodes;
using RooCoord.Bench.Relay;

namespace RooCoord.Bench.Backplane.Measurements;

/// <summary>How long a message for many takes to a client of the node that sends it; another node has a client for it too.</summary>
internal static class LocalDelay
{
    private const int WarmUp = 200;
    private const int Messages = 1000;

    public static async Task<IEnumerable<Figure>> MeasureAsync(Cluster cluster)
    {
        var (one, two) = (await cluster.StartAsync(), await cluster.StartAsync());
        var (near, far) = (await one.JoinAsync("g", "ann"), await two.JoinAsync("g", "ann"));
        var draining = far.DrainAsync(3 * (WarmUp + Messages), TimeSpan.FromMinutes(1));
        Figure[] figures =
        [
            new("µs until a client on the sender's node has a message to its group, p50", await DelayAsync(() => one.Hub.SendGroupAsync("g", "Hello", ["?"]))),
            new("µs, to its user, p50", await DelayAsync(() => one.Hub.SendUserAsync("ann", "Hello", ["?"]))),
            new("µs, to all, p50", await DelayAsync(() => one.Hub.SendAllAsync("Hello", ["?"]))),
        ];
        if (await draining != 3 * (WarmUp + Messages)) throw new RunFailedException("the other node's client did not get all messages");
        return figures;

        async Task<double> DelayAsync(Func<Task> send)
        {
            var delays = new double[Messages];
            for (var i = -WarmUp; i < Messages; i++)
            {
                var next = near.NextAsync();
                var began = Stopwatch.GetTimestamp();
                var sent = send();
                await next;
                if (i >= 0) delays[i] = Stopwatch.GetElapsedTime(began).TotalMicroseconds;
                await sent;
            }
            return Spread.Of(delays)!.Median;
        }
    }
}
