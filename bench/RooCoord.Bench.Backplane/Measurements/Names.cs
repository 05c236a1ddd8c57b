using RooCoord.Bench.Backplane.Nodes;

namespace RooCoord.Bench.Backplane.Measurements;

/// <summary>Whether names of groups that differ in case are different groups: for sending, joining and leaving.</summary>
internal static class Names
{
    // For what should not come.
    private static readonly TimeSpan Silence = TimeSpan.FromMilliseconds(300);

    public static async Task<IEnumerable<Figure>> MeasureAsync(Cluster cluster)
    {
        var (one, two) = (await cluster.StartAsync(), await cluster.StartAsync());
        var client = await two.JoinAsync("Room");
        var isHeard = await HearsAsync("Room");
        var isSentApart = !await HearsAsync("room");
        await two.Hub.AddToGroupAsync(client.Id, "room");
        var isJoinedApart = await HearsAsync("room");
        await two.Hub.RemoveFromGroupAsync(client.Id, "Room");
        var isLeftApart = !await HearsAsync("Room") && await HearsAsync("room");
        if (!isHeard) throw new RunFailedException("a group message did not arrive");
        return [Figure.Is("“Room” and “room” are two groups, for sending, joining and leaving", isSentApart && isJoinedApart && isLeftApart)];

        async Task<bool> HearsAsync(string group)
        {
            await one.Hub.SendGroupAsync(group, "Hello", ["?"]);
            return await client.NextTextAsync(Silence) is not null;
        }
    }
}
