using RooCoord.Domain.Devices;

namespace RooCoord.Application.Devices;

/// <summary>Refresh tokens, hashed at rest (SHA-256 of 256 random bits), in families. Every call is one transaction.</summary>
public interface ICredentialStore
{
    /// <summary>Starts a new family for a device of the user and revokes its others; null when there is no such device.</summary>
    Task<Device?> IssueAsync(long userKey, string deviceId, NewRefreshToken credential);

    /// <summary>Presents a token; on <see cref="RefreshDecision.Rotate"/> the one with <paramref name="successorHash"/> stands in its place.</summary>
    Task<PresentedToken> PresentAsync(string hash, string successorHash, DateTimeOffset now);

    /// <summary>Whether an access token's device and family still stand; notes the token's first use. Null when it is refused.</summary>
    Task<AuthenticatedDevice?> AuthenticateAsync(string deviceId, string familyId, long generation, CancellationToken cancellationToken);
}

/// <summary>What presenting a refresh token led to.</summary>
/// <param name="Decision">The decision.</param>
/// <param name="Device">The device, unless the token is unknown.</param>
/// <param name="FamilyId">Its family.</param>
/// <param name="Generation">Of the new token.</param>
public sealed record PresentedToken(RefreshDecision Decision, Device? Device, string FamilyId, long Generation);

/// <summary>Keys behind an accepted access token.</summary>
public sealed record AuthenticatedDevice(long DeviceKey, long UserKey, string UserId);
