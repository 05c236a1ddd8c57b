using System.Diagnostics;
using RooCoord.Bench.Load;
using RooCoord.Bench.Machine;
using RooCoord.Bench.Relay;
using RooCoord.Bench.Servers;

namespace RooCoord.Bench.Connections;

/// <summary>
/// What connected devices that acknowledge nothing cost in memory, and whether more messages make it more: what the server's objects
/// take, which is what could leak, and what the process takes, which also has what the runtime keeps for later.
/// </summary>
internal static class BacklogRun
{
    private const int WarmUpPairs = 50;
    private static readonly TimeSpan SendLimit = TimeSpan.FromMinutes(10);
    private static readonly TimeSpan ReadLimit = TimeSpan.FromSeconds(30);

    public static async Task<BacklogResult> RunAsync(
        RooCoordServer server, int devices, int body, int messages, ConnectionsOptions options, CancellationToken cancellation)
    {
        var credentials = await server.RegisterAsync(2 * (WarmUpPairs + devices), cancellation);
        return await Task.Run(() => Measure(server, credentials, devices, body, messages, options.Relay(body), cancellation), cancellation);
    }

    private static BacklogResult Measure(
        RooCoordServer server, IReadOnlyList<DeviceCredential> credentials, int devices, int body, int messages, RelayOptions options, CancellationToken cancellation)
    {
        // Saturated with the same bodies, acknowledged: what the database's cache and the code take is not the devices'.
        using (var warm = new LoadLoop())
        {
            var pairs = DevicePairs.Open(warm, server, [.. credentials.Take(2 * WarmUpPairs)], options, cancellation);
            SaturationRun.WarmUp(warm, server.Variant, pairs, options, cancellation);
        }

        var memory = new List<Memory>();
        var load = new BacklogLoad(server.Variant) { Pairs = [] };
        TimeSpan sending;
        CoreShares cores;
        using (var loop = new LoadLoop())
        {
            var pairs = DevicePairs.Open(loop, server, [.. credentials.Skip(2 * WarmUpPairs)], options, cancellation);
            loop.Load = load = new BacklogLoad(server.Variant) { Pairs = pairs };
            memory.Add(Read(loop, server, cancellation));
            var shares = CoreShares.Watch(() => server.CpuTime);
            var start = Stopwatch.GetTimestamp();
            SendAll(loop, load, messages, cancellation);
            (sending, cores) = (Stopwatch.GetElapsedTime(start), shares());
            memory.Add(Read(loop, server, cancellation));
            SendAll(loop, load, messages, cancellation);
            memory.Add(Read(loop, server, cancellation));
        }

        using var empty = new LoadLoop { Load = new BacklogLoad(server.Variant) { Pairs = [] } };
        ServerCalm.Wait(empty, server, cancellation);
        memory.Add(Read(empty, server, cancellation));
        var least = load.Pairs.Min(pair => pair.Received);
        var most = load.Pairs.Max(pair => pair.Received);
        if (most > options.Window) throw new RunFailedException($"{most} messages were sent to a device with a window of {options.Window}");
        if (least == 0) throw new RunFailedException("a device was sent nothing");
        Memory PerDevice(int reading) => new((memory[reading].Objects - memory[0].Objects) / devices, (memory[reading].Resident - memory[0].Resident) / devices);
        return new(
            server.Variant.Name, devices, body, messages, (int)least, (int)most, load.Pairs.Sum(pair => pair.Repeated),
            PerDevice(1), PerDevice(2), PerDevice(3), memory[0].Resident / 1024, devices * messages / sending.TotalSeconds, cores);
    }

    private static Memory Read(LoadLoop loop, RooCoordServer server, CancellationToken cancellation)
    {
        var resident = IdleRun.Settle(loop, server, cancellation, giveBack: true);
        var objects = ManagedHeap.LiveKibibytesAsync(server, cancellation);
        if (!loop.Run(() => objects.IsCompleted, ReadLimit, cancellation)) throw new RunFailedException("the server's memory was not read in time");
        return new(objects.GetAwaiter().GetResult(), resident);
    }

    private static void SendAll(LoadLoop loop, BacklogLoad load, int messages, CancellationToken cancellation)
    {
        load.Send(messages);
        if (!loop.Run(load.IsConfirmed, SendLimit, cancellation)) throw new RunFailedException($"not all was confirmed within {SendLimit.TotalMinutes} minutes");
    }
}

/// <summary>One backlog.</summary>
/// <param name="Engine">The variant.</param>
/// <param name="Devices">Receivers.</param>
/// <param name="Body">Bytes of a body.</param>
/// <param name="Messages">Sent to each, twice.</param>
/// <param name="LeastReceived">Distinct messages that the device with the fewest was sent.</param>
/// <param name="MostReceived">The same of the device with the most.</param>
/// <param name="Repeated">Sent again after 30 s.</param>
/// <param name="Kept">A device, after the first.</param>
/// <param name="KeptAfterMore">A device, after the second.</param>
/// <param name="Left">A device, once all had disconnected; below 0 as the connections are gone too.</param>
/// <param name="BaseMebibytes">The server before, all connected.</param>
/// <param name="MessagesPerSecond">While sending.</param>
/// <param name="Cores">While sending.</param>
internal sealed record BacklogResult(
    string Engine, int Devices, int Body, int Messages, int LeastReceived, int MostReceived, long Repeated, Memory Kept, Memory KeptAfterMore, Memory Left,
    double BaseMebibytes, double MessagesPerSecond, CoreShares Cores);

/// <summary>Memory.</summary>
/// <param name="Objects">KiB of objects that a full collection left.</param>
/// <param name="Resident">KiB of the process in memory.</param>
internal readonly record struct Memory(double Objects, double Resident);
