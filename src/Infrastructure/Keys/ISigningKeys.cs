namespace RooCoord.Infrastructure.Keys;

/// <summary>The keys RooCoord signs its own tokens with (ES256): the newest signs, all of them verify.</summary>
public interface ISigningKeys
{
    /// <summary>All keys, newest first; makes the first one when there is none. Safe when several processes start at once.</summary>
    ValueTask<IReadOnlyList<SigningKey>> AllAsync(CancellationToken cancellationToken);
}

/// <summary>One key.</summary>
/// <param name="Id">The <c>kid</c> of tokens (RFC 7515, section 4.1.4).</param>
/// <param name="PrivateKey">PKCS #8, PEM.</param>
/// <param name="CreatedAt">UTC milliseconds.</param>
public sealed record SigningKey(string Id, string PrivateKey, long CreatedAt);
