namespace RooCoord.Bench.Servers;

/// <summary>Which of two nodes a device connects to.</summary>
/// <param name="Name">As in the tables.</param>
/// <param name="NodeOf">Of the device with this number (by twos a sender and its receiver) among so many users.</param>
internal sealed record Placement(string Name, Func<int, int, int> NodeOf)
{
    /// <summary>Sender and receiver on the same node, half of the pairs on each. A user has devices on both, as in <see cref="CrossNode"/>.</summary>
    public static Placement SameNode { get; } = new("same node", HomeOf);

    /// <summary>Sender and receiver on different nodes, half of the senders on each.</summary>
    public static Placement CrossNode { get; } = new("cross-node", static (device, users) => (HomeOf(device, users) + device) % 2);

    /// <summary>All on the first node, the other without devices.</summary>
    public static Placement OneNode { get; } = new("one node", static (_, _) => 0);

    /// <summary>Every other one.</summary>
    public static Placement TwoNodes { get; } = new("two nodes", static (device, _) => device % 2);

    // Pairs are dealt to the users in turn.
    private static int HomeOf(int device, int users) => device / 2 / users % 2;
}
