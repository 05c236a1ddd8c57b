using Microsoft.AspNetCore.SignalR;
using RooCoord.Bench.Backplane.Nodes;

namespace RooCoord.Bench.Backplane.Measurements;

/// <summary>Client results asked for by a node that has just started, of a client on another.</summary>
internal static class FirstCalls
{
    private const int Calls = 200;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(3);

    public static async Task<IEnumerable<Figure>> MeasureAsync(Cluster cluster)
    {
        var two = await cluster.StartAsync();
        var client = await two.ConnectAsync();
        _ = client.AnswerAsync(two.Hub);
        using var patience = new CancellationTokenSource();
        var one = await cluster.StartAsync(isSettled: false);
        var calls = Enumerable.Range(0, Calls).Select(_ => SucceedsAsync(one.Hub, client.Id, patience.Token)).ToArray();
        patience.CancelAfter(Patience);
        return [new($"of {Calls:N0} client results asked for at once by a node just started, there within 3 s", (await Task.WhenAll(calls)).Count(succeeded => succeeded))];
    }

    private static async Task<bool> SucceedsAsync(HubLifetimeManager<Hub> hub, string id, CancellationToken cancellationToken)
    {
        try { return await hub.InvokeConnectionAsync<string>(id, "Hello", ["?"], cancellationToken) == "?"; }
        catch (Exception exception) when (exception is OperationCanceledException or HubException or IOException) { return false; }
    }
}
