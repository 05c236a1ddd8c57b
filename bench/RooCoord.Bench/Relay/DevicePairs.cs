using System.Globalization;
using RooCoord.Bench.Load;
using RooCoord.Bench.Servers;

namespace RooCoord.Bench.Relay;

/// <summary>Connects devices and puts them together by twos.</summary>
internal static class DevicePairs
{
    // Unread connections are what a server takes for slow ones: read after every few.
    private const int AtOnce = 50;
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);

    /// <summary>Opens <paramref name="credentials"/> on <paramref name="loop"/>; each is resumed (or, on the bare hub, has had a call answered).</summary>
    public static IReadOnlyList<Pair> Open(
        LoadLoop loop, IRelayServer server, IReadOnlyList<DeviceCredential> credentials, RelayOptions options, CancellationToken cancellation) =>
        [.. Connect(loop, server, credentials, options, cancellation).Chunk(2).Where(two => two.Length == 2)
            .Select((two, index) => Join(index, two[0], two[1], server.Variant, options.Body))];

    /// <summary>The same, each by itself.</summary>
    public static IReadOnlyList<DeviceConnection> Connect(
        LoadLoop loop, IRelayServer server, IReadOnlyList<DeviceCredential> credentials, RelayOptions options, CancellationToken cancellation)
    {
        var opening = new RelayLoad(server.Variant, options.AcknowledgeEvery) { Pairs = [] };
        loop.Load = opening;
        var call = OpeningCall(server.Variant, options.Window);
        var connections = new List<DeviceConnection>();
        foreach (var group in credentials.Chunk(AtOnce))
        {
            connections.AddRange(group.Select(credential => DeviceConnection.Open(loop, credential, call)));
            if (!loop.Run(() => opening.Opened == connections.Count, Limit, cancellation))
                throw new RunFailedException($"{connections.Count - opening.Opened} of {connections.Count} connections did not open");
        }

        return connections;
    }

    private static Pair Join(int index, DeviceConnection sender, DeviceConnection receiver, Variant variant, int body)
    {
        var to = receiver.Credential.Id;
        var frame = variant.IsRooCoord
            ? MessageFrame.ForRooCoord(index, to, body, variant.IsDurable)
            : MessageFrame.ForBareHub(index, to, body);
        var pair = new Pair(index, sender, receiver, frame);
        sender.Pair = receiver.Pair = pair;
        return pair;
    }

    /// <summary>The call with which a device begins to be served.</summary>
    public static byte[] OpeningCall(Variant variant, int window)
    {
        var id = RecordText.OpenCall + "0";
        return variant.IsRooCoord
            ? ClientFrame.Call(id, "Resume", string.Create(CultureInfo.InvariantCulture, $"0,{window}"))
            : ClientFrame.Call(id, "Send", """ "nobody",{"id":"0","type":"bench.open","body":null} """.Trim());
    }
}
