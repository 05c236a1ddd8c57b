namespace RooCoord.Application.Sessions;

/// <summary>Options <c>RooCoord:Drain</c>: how the server lets go of its connections when it is told to stop.</summary>
public sealed record DrainOptions
{
    /// <summary>Seconds that devices have to settle what is in flight; 0: connections are cut at once.</summary>
    public double Seconds { get; init; } = 5;
    /// <summary>Devices are told to connect again after a random time up to this.</summary>
    public int SpreadMilliseconds { get; init; } = 5_000;
    /// <summary>Seconds after which the process ends whatever is left to do.</summary>
    public double TotalSeconds { get; init; } = 20;

    /// <summary>What is wrong with these values, each a sentence.</summary>
    public IEnumerable<string> Problems()
    {
        if (Seconds is not (>= 0 and <= 600)) yield return "RooCoord:Drain:Seconds must be 0 to 600";
        if (SpreadMilliseconds is < 0 or > 600_000) yield return "RooCoord:Drain:SpreadMilliseconds must be 0 to 600000";
        if (TotalSeconds < Seconds + 5 || TotalSeconds > 3600) yield return "RooCoord:Drain:TotalSeconds must be at least 5 more than Seconds, and at most 3600";
    }
}
