namespace RooCoord.Bench.Relay;

/// <summary>What one variant did in one round.</summary>
internal sealed record RoundResult(int Round, string Variant)
{
    public SaturationResult? Saturation { get; init; }
    public LatencyResult? Latency { get; init; }
    public IdleResult? Idle { get; init; }
}

/// <summary>Throughput in a closed loop.</summary>
/// <param name="MessagesPerSecond">Distinct messages at the receivers.</param>
/// <param name="ServerMicroseconds">The server's CPU time a message.</param>
/// <param name="DatabaseMicroseconds">The database processes' CPU time a message.</param>
/// <param name="RedisMicroseconds">Redis' CPU time a message, where there is one.</param>
/// <param name="ServerCore">The part of its core that the server used.</param>
/// <param name="OthersOnServerCore">The part of the server's core that something else used.</param>
/// <param name="GeneratorCore">The part of its core that the generator used.</param>
/// <param name="Repeated">Messages received again.</param>
/// <param name="Dropped">Ephemeral messages that the server said it dropped.</param>
internal sealed record SaturationResult(
    double MessagesPerSecond, double ServerMicroseconds, double DatabaseMicroseconds, double RedisMicroseconds, double ServerCore, double OthersOnServerCore,
    double GeneratorCore, long Repeated, long Dropped)
{
    private const double Busy = 0.95;
    private const double Quiet = 0.02;

    /// <summary>The server waited for something else, so this is not what it can do.</summary>
    public bool IsVoid => ServerCore < Busy;

    public string Note => string.Join("; ", new[]
    {
        IsVoid ? "VOID: server below 95 % of its core" : "",
        OthersOnServerCore > Quiet ? "others were on its core" : "",
        GeneratorCore >= Busy ? "the generator was at its limit" : "",
        IsVoid && OthersOnServerCore <= Quiet && GeneratorCore < Busy ? "try a higher --outstanding" : "",
        Repeated > 0 ? $"{Repeated} repeated" : "",
        Dropped > 0 ? $"{Dropped} dropped" : "",
    }.Where(text => text.Length > 0));
}

/// <summary>Milliseconds from when a message was due to when it was received, in an open loop.</summary>
internal sealed record LatencyResult(double P50, double P99, double P999, double ServerCore, int Messages);

/// <summary>Resident memory of the server for each idle device.</summary>
internal sealed record IdleResult(double KibibytesPerDevice, long KibibytesBefore, long KibibytesAfter);
