namespace RooCoord.Application;

/// <summary>Who of several nodes does something: one holder a name, until its time ends.</summary>
public interface ILeases
{
    /// <summary>Takes or renews a lease for so long; its fencing number, or null while another holds it.</summary>
    Task<long?> TryHoldAsync(string name, TimeSpan duration);
}
