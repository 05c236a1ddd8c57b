using RooCoord.Bench.Load;

namespace RooCoord.Bench.Servers;

/// <summary>What is under test, one process or several, started for one run and ended with it.</summary>
internal interface IRelayServer : IAsyncDisposable
{
    Variant Variant { get; }

    /// <summary>CPU time of all its processes so far.</summary>
    TimeSpan CpuTime { get; }

    /// <summary>CPU time of the database's own processes so far, where it has any.</summary>
    TimeSpan DatabaseCpuTime { get; }

    /// <summary>CPU time of the Redis between its nodes so far, where it has any.</summary>
    TimeSpan RedisCpuTime => TimeSpan.Zero;

    /// <summary>Makes <paramref name="count"/> devices that can connect.</summary>
    Task<IReadOnlyList<DeviceCredential>> RegisterAsync(int count, CancellationToken cancellation);
}

/// <summary>One process.</summary>
internal interface ISingleServer : IRelayServer
{
    int ProcessId { get; }
}
