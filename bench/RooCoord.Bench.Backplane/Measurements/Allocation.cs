using Microsoft.AspNetCore.SignalR.Protocol;
using RooCoord.Bench.Backplane.Nodes;

namespace RooCoord.Bench.Backplane.Measurements;

/// <summary>What the sender's process allocates for a group message of 200 B; it has a member of the group, and so has another.</summary>
internal static class Allocation
{
    private const int WarmUp = 1000;
    private const int Messages = 10_000;
    private const int MessageBytes = 200;
    private static readonly string Body = new('x', MessageBytes - Client.Json.GetMessageBytes(new InvocationMessage("Hello", [""])).Length);

    public static async Task<IEnumerable<Figure>> MeasureAsync(Cluster cluster)
    {
        var one = await cluster.StartAsync();
        var client = await one.JoinAsync("g");
        using var other = new BareSubscriber(cluster.Redis, cluster.Prefix);
        await SendAsync(WarmUp);
        var before = GC.GetTotalAllocatedBytes(precise: true);
        await SendAsync(Messages);
        return [new($"bytes that the sender's process allocates for a group message of {MessageBytes} B", (GC.GetTotalAllocatedBytes(precise: true) - before) / (double)Messages)];

        async Task SendAsync(int count)
        {
            var draining = client.DrainAsync(count, TimeSpan.FromMinutes(1));
            for (var i = 0; i < count; i++) await one.Hub.SendGroupAsync("g", "Hello", [Body]);
            if (await draining != count) throw new RunFailedException("messages are missing");
        }
    }
}
