using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;

namespace RooCoord.Application.Shares;

/// <summary>Makes tokens of links: 256 random bits in base64url, and the hash that is stored instead.</summary>
internal static class ShareTokens
{
    private const int Length = 43;

    public static string New() => Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(32));

    public static string Hash(string token) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(token)));

    public static bool IsToken(string text) => text.Length == Length && text.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_');
}
