using System.Security.Cryptography;

namespace RooCoord.Application.Files;

/// <summary>
/// Running SHA-256 of unfinished uploads, so that a file's hash is known with its last byte. One that is not here (another node began
/// it, a restart, too many at once) is computed from the disk instead.
/// </summary>
internal sealed class UploadHashes
{
    // About 300 bytes each.
    private const int MaxKept = 4_096;

    private readonly Lock _gate = new();
    private readonly Dictionary<string, Running> _kept = [];

    /// <summary>The hash of an upload's first <paramref name="offset"/> bytes, taken out; null when it is not known.</summary>
    public Running? Take(string uploadId, long offset)
    {
        if (offset == 0)
        {
            Forget(uploadId);
            return new Running();
        }
        lock (_gate)
        {
            if (!_kept.Remove(uploadId, out var running)) return null;
            if (running.Length == offset) return running;
            running.Dispose();
            return null;
        }
    }

    /// <summary>Forgets an upload's hash.</summary>
    public void Forget(string uploadId)
    {
        lock (_gate) if (_kept.Remove(uploadId, out var running)) running.Dispose();
    }

    /// <summary>Keeps a hash for the next chunk, or the end.</summary>
    public void Keep(string uploadId, Running running)
    {
        lock (_gate)
        {
            if (_kept.Remove(uploadId, out var stale)) stale.Dispose();
            else if (_kept.Count == MaxKept && _kept.Remove(_kept.Keys.First(), out var another)) another.Dispose();
            _kept[uploadId] = running;
        }
    }

    internal sealed class Running : IDisposable
    {
        private readonly IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);

        /// <summary>Bytes added.</summary>
        public long Length { get; private set; }

        public void Add(ReadOnlySpan<byte> bytes)
        {
            _hash.AppendData(bytes);
            Length += bytes.Length;
        }

        /// <summary>Ends it: 64 lower-case hex digits.</summary>
        public string Finish()
        {
            using (this) return Convert.ToHexStringLower(_hash.GetHashAndReset());
        }

        public void Dispose() => _hash.Dispose();
    }
}
