namespace RooCoord.Infrastructure;

/// <summary>Asks one dependency whether it can serve.</summary>
public interface IReadinessProbe
{
    /// <summary>Name shown by <c>/health/ready</c>.</summary>
    string Name { get; }

    /// <summary>Whether the node cannot serve without it; else <c>/health/ready</c> stays 200 and says <c>degraded</c>.</summary>
    bool IsFatal => true;

    /// <summary>Throws when it cannot.</summary>
    Task CheckAsync(CancellationToken cancellationToken);
}
