namespace RooCoord.Api.Auth;

/// <summary>Options <c>RooCoord:Auth</c>: where user tokens come from.</summary>
public sealed record AuthOptions
{
    /// <summary>An OIDC provider's issuer URL; null: the built-in issuer.</summary>
    public string? Authority { get; init; }

    /// <summary>The audience its tokens must have; required with <see cref="Authority"/>.</summary>
    public string? Audience { get; init; }

    /// <summary>What is wrong with these values.</summary>
    public IEnumerable<string> Problems()
    {
        if (Authority is null) yield break;
        if (!Uri.TryCreate(Authority, UriKind.Absolute, out _)) yield return "RooCoord:Auth:Authority must be a URL";
        if (string.IsNullOrEmpty(Audience)) yield return "RooCoord:Auth:Audience is required with RooCoord:Auth:Authority";
    }
}
