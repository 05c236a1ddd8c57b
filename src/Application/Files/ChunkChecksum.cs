using System.Security.Cryptography;
using RooCoord.Domain;

namespace RooCoord.Application.Files;

/// <summary>What a chunk must hash to: <c>Upload-Checksum: sha1|sha256 Base64</c> (tus 1.0.0, checksum).</summary>
public sealed class ChunkChecksum
{
    private readonly HashAlgorithmName _algorithm;
    private readonly byte[] _expected;

    private ChunkChecksum(HashAlgorithmName algorithm, byte[] expected) => (_algorithm, _expected) = (algorithm, expected);

    /// <summary>Algorithms, as <c>Tus-Checksum-Algorithm</c> lists them.</summary>
    public const string Algorithms = "sha1,sha256";

    /// <summary>Reads the header; throws <see cref="FaultCode.Invalid"/>.</summary>
    public static ChunkChecksum Parse(string header)
    {
        var parts = header.Trim().Split(' ', StringSplitOptions.RemoveEmptyEntries);
        var algorithm = parts.FirstOrDefault() switch { "sha1" => HashAlgorithmName.SHA1, "sha256" => HashAlgorithmName.SHA256, _ => default };
        if (parts.Length != 2 || algorithm.Name is null) throw Fault.Invalid($"`Upload-Checksum` must be one of {Algorithms} and a Base64 value");
        var expected = new byte[algorithm == HashAlgorithmName.SHA1 ? SHA1.HashSizeInBytes : SHA256.HashSizeInBytes];
        if (!Convert.TryFromBase64String(parts[1], expected, out var length) || length != expected.Length)
            throw Fault.Invalid($"`Upload-Checksum` is not the Base64 of a {parts[0]}");
        return new(algorithm, expected);
    }

    /// <summary>Begins to hash.</summary>
    internal Running Start() => new(IncrementalHash.CreateHash(_algorithm), _expected);

    internal sealed class Running(IncrementalHash hash, byte[] expected) : IDisposable
    {
        private bool? _matches;

        public void Add(ReadOnlySpan<byte> bytes) => hash.AppendData(bytes);

        /// <summary>Whether all that was added is what was promised.</summary>
        public bool Matches => _matches ??= hash.GetHashAndReset().AsSpan().SequenceEqual(expected);

        public void Dispose() => hash.Dispose();
    }
}
