using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;

namespace RooCoord.Application.Devices;

/// <summary>Makes refresh tokens: 256 random bits in base64url, and the hash that is stored instead.</summary>
internal static class RefreshTokens
{
    public static string New() => Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(32));

    public static string Hash(string token) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(token)));
}
