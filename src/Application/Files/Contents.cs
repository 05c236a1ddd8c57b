using System.Buffers;
using System.Security.Cryptography;
using RooCoord.Domain.Files;

namespace RooCoord.Application.Files;

/// <summary>Reads a version's bytes: its blobs, one after another.</summary>
internal static class Contents
{
    private const int BufferBytes = 256 * 1024;

    /// <summary>SHA-256 of all of it, 64 lower-case hex digits.</summary>
    public static string Hash(IBlobStore blobs, IReadOnlyList<FilePart> parts, CancellationToken cancellationToken = default)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var buffer = ArrayPool<byte>.Shared.Rent(BufferBytes);
        try
        {
            foreach (var part in parts)
            {
                using var blob = blobs.OpenRead(part.BlobId);
                for (long at = 0; at < part.Size;)
                {
                    cancellationToken.ThrowIfCancellationRequested();
                    var read = blob.Read(buffer.AsSpan(0, (int)Math.Min(buffer.Length, part.Size - at)), at);
                    if (read == 0) throw new EndOfStreamException($"blob {part.BlobId} ends at {at} of {part.Size}");
                    hash.AppendData(buffer, 0, read);
                    at += read;
                }
            }
            return Convert.ToHexStringLower(hash.GetHashAndReset());
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    /// <summary>The first bytes, at most <paramref name="count"/>.</summary>
    public static byte[] Head(IBlobStore blobs, IReadOnlyList<FilePart> parts, int count)
    {
        var head = new byte[count];
        var filled = 0;
        foreach (var part in parts)
        {
            if (filled == count) break;
            using var blob = blobs.OpenRead(part.BlobId);
            for (long at = 0; at < part.Size && filled < count;)
            {
                var read = blob.Read(head.AsSpan(filled, (int)Math.Min(count - filled, part.Size - at)), at);
                if (read == 0) throw new EndOfStreamException($"blob {part.BlobId} ends at {at} of {part.Size}");
                (at, filled) = (at + read, filled + read);
            }
        }
        return head[..filled];
    }
}
