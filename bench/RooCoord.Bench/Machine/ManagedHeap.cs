using System.Globalization;
using System.Net.Http.Headers;
using RooCoord.Bench.Servers;

namespace RooCoord.Bench.Machine;

/// <summary>What a full collection leaves of a server's objects.</summary>
internal static class ManagedHeap
{
    private const string Size = "dotnet_gc_last_collection_heap_size";
    private const string Fragmentation = "dotnet_gc_last_collection_heap_fragmentation_size";

    /// <summary>KiB, the holes between them left out.</summary>
    public static async Task<double> LiveKibibytesAsync(RooCoordServer server, CancellationToken cancellation)
    {
        // At once before the reading: what is sent again each 30 s passes through buffers that are garbage a moment later.
        await InducedCollection.InduceAsync(server.ProcessId, cancellation);
        using var http = new HttpClient();
        using var request = new HttpRequestMessage(HttpMethod.Get, $"http://127.0.0.1:{server.Port}/metrics");
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", RooCoordServer.MetricsToken);
        using var response = await http.SendAsync(request, cancellation);
        response.EnsureSuccessStatusCode();
        var lines = (await response.Content.ReadAsStringAsync(cancellation)).Split('\n');
        return (Sum(lines, Size) - Sum(lines, Fragmentation)) / 1024;
    }

    private static double Sum(string[] lines, string name)
    {
        var values = lines.Where(line => line.StartsWith(name + "{", StringComparison.Ordinal)).Select(line => double.Parse(line[(line.LastIndexOf(' ') + 1)..], CultureInfo.InvariantCulture)).ToArray();
        return values.Length > 0 ? values.Sum() : throw new RunFailedException($"the server does not tell {name}");
    }
}
