namespace RooCoord.Application.Devices;

/// <summary>Options <c>RooCoord:Presence</c>: how often what devices tell of themselves is written.</summary>
public sealed record PresenceOptions
{
    /// <summary>Seconds between two writes of one device's reports; the ones between become one.</summary>
    public double ReportSeconds { get; init; } = 1;
    /// <summary>Seconds between two writes of <c>lastSeenAt</c> of a connected device.</summary>
    public double LastSeenSeconds { get; init; } = 30;

    /// <summary>What is wrong with these values, each a sentence.</summary>
    public IEnumerable<string> Problems()
    {
        if (ReportSeconds is not (>= 0.05 and <= 3600)) yield return "RooCoord:Presence:ReportSeconds must be 0.05 to 3600";
        if (LastSeenSeconds is not (>= 1 and <= 3600)) yield return "RooCoord:Presence:LastSeenSeconds must be 1 to 3600";
    }
}
