using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace RooCoord.Domain.Shares;

/// <summary>Passwords of links as they are stored: PBKDF2 with HMAC-SHA-512, <c>iterations$salt$hash</c>, the last two in Base64.</summary>
public static class SharePassword
{
    /// <summary>Characters of a password.</summary>
    public const int MaxLength = 256;

    // OWASP's Password Storage Cheat Sheet for PBKDF2-HMAC-SHA512; about 0.1 s of a core.
    private const int Iterations = 210_000;
    private const int SaltBytes = 16;
    private const int HashBytes = 32;

    /// <summary>What is stored of a password. Takes its time.</summary>
    public static string Hash(string password)
    {
        var salt = RandomNumberGenerator.GetBytes(SaltBytes);
        return string.Create(CultureInfo.InvariantCulture, $"{Iterations}${Convert.ToBase64String(salt)}${Convert.ToBase64String(Derive(password, salt, Iterations))}");
    }

    /// <summary>Whether it is the password. Takes its time.</summary>
    public static bool Matches(string password, string stored)
    {
        var parts = stored.Split('$');
        var derived = Derive(password, Convert.FromBase64String(parts[1]), int.Parse(parts[0], CultureInfo.InvariantCulture));
        return CryptographicOperations.FixedTimeEquals(derived, Convert.FromBase64String(parts[2]));
    }

    private static byte[] Derive(string password, byte[] salt, int iterations) =>
        Rfc2898DeriveBytes.Pbkdf2(Encoding.UTF8.GetBytes(password), salt, iterations, HashAlgorithmName.SHA512, HashBytes);
}
