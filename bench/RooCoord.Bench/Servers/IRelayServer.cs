using RooCoord.Bench.Load;

namespace RooCoord.Bench.Servers;

/// <summary>A server under test, started for one run and ended with it.</summary>
internal interface IRelayServer : IAsyncDisposable
{
    Variant Variant { get; }

    int Port { get; }

    int ProcessId { get; }

    /// <summary>CPU time of the database's own processes so far, where it has any.</summary>
    TimeSpan DatabaseCpuTime { get; }

    /// <summary>Makes <paramref name="count"/> devices that can connect.</summary>
    Task<IReadOnlyList<DeviceCredential>> RegisterAsync(int count, CancellationToken cancellation);
}
