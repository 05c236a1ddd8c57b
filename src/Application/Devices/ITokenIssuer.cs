namespace RooCoord.Application.Devices;

/// <summary>Makes the tokens that RooCoord signs itself.</summary>
public interface ITokenIssuer
{
    /// <summary>A device's access token: audience <c>roocoord:device</c>, claims <c>sub</c>, <c>device</c>, family and generation.</summary>
    ValueTask<AccessToken> IssueAsync(string userId, string deviceId, string familyId, long generation, CancellationToken cancellationToken);
}

/// <summary>A signed token and its end.</summary>
public sealed record AccessToken(string Value, DateTimeOffset ExpiresAt);
