using System.Globalization;
using RooCoord.Bench.Backplane.Nodes;

namespace RooCoord.Bench.Backplane.Measurements;

/// <summary>Whether what a caller sent one after the other arrives so, when it went to a group and to a connection.</summary>
internal static class Order
{
    private const int Pairs = 1000;
    private const int Neighbours = 99;

    public static async Task<IEnumerable<Figure>> MeasureAsync(Cluster cluster)
    {
        var (one, two) = (await cluster.StartAsync(), await cluster.StartAsync());
        var client = await two.JoinAsync("g");
        var alone = await CountReversedAsync(one, client);
        var neighbours = new Task<int>[Neighbours];
        for (var i = 0; i < Neighbours; i++) neighbours[i] = (await two.JoinAsync("g")).DrainAsync(Pairs, Client.Deadline);
        var among = await CountReversedAsync(one, client);
        if ((await Task.WhenAll(neighbours)).Any(count => count != Pairs)) throw new RunFailedException("a neighbour lacks messages");
        return
        [
            new($"of {Pairs:N0} pairs of awaited sends, to a group and then to its one member on another node, in the wrong order", alone),
            new($"the same, to one of {Neighbours + 1} members", among),
        ];
    }

    private static async Task<int> CountReversedAsync(Node sender, Client client)
    {
        var reading = ReadAsync(client);
        for (var i = 0; i < Pairs; i++)
        {
            await sender.Hub.SendGroupAsync("g", "Hello", [Text(2 * i)]);
            await sender.Hub.SendConnectionAsync(client.Id, "Hello", [Text(2 * i + 1)]);
        }
        return await reading;
    }

    private static async Task<int> ReadAsync(Client client)
    {
        var arrivedAt = new int[2 * Pairs];
        for (var at = 0; at < arrivedAt.Length; at++)
        {
            var text = await client.NextTextAsync() ?? throw new RunFailedException("a message did not arrive");
            arrivedAt[int.Parse(text, CultureInfo.InvariantCulture)] = at;
        }
        return Enumerable.Range(0, Pairs).Count(i => arrivedAt[2 * i] > arrivedAt[2 * i + 1]);
    }

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);
}
