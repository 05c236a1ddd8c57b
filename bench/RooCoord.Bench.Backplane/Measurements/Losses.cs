using RooCoord.Bench.Backplane.Nodes;

namespace RooCoord.Bench.Backplane.Measurements;

/// <summary>How soon a caller of a client learns that nobody will answer.</summary>
internal static class Losses
{
    public static async Task<IEnumerable<Figure>> MeasureAsync(Cluster cluster)
    {
        var (one, two) = (await cluster.StartAsync(), await cluster.StartAsync());
        using var end = new CancellationTokenSource();
        var unknown = await Waits.UntilFailedAsync(() => one.Hub.InvokeConnectionAsync<string>("none", "Hello", ["?"], end.Token));
        var client = await two.ConnectAsync();
        var call = one.Hub.InvokeConnectionAsync<string>(client.Id, "Hello", ["?"], end.Token);
        await client.NextAsync();
        var died = await Waits.UntilFailedAsync(async () =>
        {
            await two.DieAsync();
            await call;
        });
        await end.CancelAsync();
        return
        [
            new("ms until a caller learns that the connection it asks is unknown", unknown, "N1"),
            new("ms until it learns that the node it asked has died", died),
        ];
    }
}
