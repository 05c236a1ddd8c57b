using System.Buffers.Binary;
using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using RooCoord.Application.Shares;
using RooCoord.Domain.Shares;

namespace RooCoord.Infrastructure.Keys;

/// <summary>
/// Grants as base64url of version, end (milliseconds), link and HMAC-SHA-256. The keys are derived (HKDF, RFC 5869) from the signing
/// keys: all nodes have them, and nothing more is to be kept.
/// </summary>
internal sealed class ShareGrants(ISigningKeys keys) : IShareGrants
{
    private const int NumberBytes = 2 * sizeof(long);
    private const int MaxLength = 256;
    private static readonly byte[] Purpose = "roocoord share grant"u8.ToArray();

    public async ValueTask<string> SignAsync(ShareGrant grant, CancellationToken cancellationToken)
    {
        var signing = (await keys.AllAsync(cancellationToken).ConfigureAwait(false))[0];
        var id = Encoding.UTF8.GetBytes(grant.ShareId);
        var bytes = new byte[NumberBytes + id.Length + HMACSHA256.HashSizeInBytes];
        BinaryPrimitives.WriteInt64BigEndian(bytes, grant.Version);
        BinaryPrimitives.WriteInt64BigEndian(bytes.AsSpan(sizeof(long)), grant.ExpiresAt.ToUnixTimeMilliseconds());
        id.CopyTo(bytes, NumberBytes);
        HMACSHA256.HashData(Derive(signing), bytes.AsSpan(..^HMACSHA256.HashSizeInBytes), bytes.AsSpan(^HMACSHA256.HashSizeInBytes..));
        return Base64Url.EncodeToString(bytes);
    }

    public async ValueTask<ShareGrant?> ReadAsync(string text, CancellationToken cancellationToken)
    {
        if (text.Length > MaxLength || !Base64Url.IsValid(text)) return null;
        var bytes = Base64Url.DecodeFromChars(text);
        if (bytes.Length <= NumberBytes + HMACSHA256.HashSizeInBytes) return null;
        foreach (var key in await keys.AllAsync(cancellationToken).ConfigureAwait(false))
        {
            var expected = HMACSHA256.HashData(Derive(key), bytes.AsSpan(..^HMACSHA256.HashSizeInBytes));
            if (CryptographicOperations.FixedTimeEquals(expected, bytes.AsSpan(^HMACSHA256.HashSizeInBytes..))) return Read(bytes);
        }
        return null;
    }

    private static ShareGrant Read(byte[] bytes) => new(
        Encoding.UTF8.GetString(bytes.AsSpan(NumberBytes..^HMACSHA256.HashSizeInBytes)),
        BinaryPrimitives.ReadInt64BigEndian(bytes),
        DateTimeOffset.FromUnixTimeMilliseconds(BinaryPrimitives.ReadInt64BigEndian(bytes.AsSpan(sizeof(long)))));

    private static byte[] Derive(SigningKey key) =>
        HKDF.DeriveKey(HashAlgorithmName.SHA256, Encoding.UTF8.GetBytes(key.PrivateKey), HMACSHA256.HashSizeInBytes, info: Purpose);
}
