using System.Security.Cryptography;

namespace RooCoord.Infrastructure.Keys;

internal static class NewSigningKey
{
    /// <summary>A fresh key on P-256.</summary>
    public static SigningKey Create(TimeProvider time)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var id = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(8));
        return new(id, key.ExportPkcs8PrivateKeyPem(), time.GetUtcNow().ToUnixTimeMilliseconds());
    }
}
