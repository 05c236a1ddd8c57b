namespace RooCoord.Infrastructure;

/// <summary>Asks one dependency whether it can serve.</summary>
public interface IReadinessProbe
{
    /// <summary>Name shown by <c>/health/ready</c>.</summary>
    string Name { get; }

    /// <summary>Throws when it cannot.</summary>
    Task CheckAsync(CancellationToken cancellationToken);
}
