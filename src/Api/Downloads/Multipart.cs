using System.Security.Cryptography;
using System.Text;
using RooCoord.Domain.Files;

namespace RooCoord.Api.Downloads;

/// <summary>What stands around the ranges of a <c>multipart/byteranges</c> (RFC 9110, section 14.6).</summary>
internal sealed class Multipart
{
    private readonly byte[][] _heads;

    public Multipart(IReadOnlyList<ByteRange> ranges, FileContent content)
    {
        // Random: no file can hold it on purpose.
        var boundary = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(16));
        ContentType = $"multipart/byteranges; boundary={boundary}";
        _heads = [.. ranges.Select((range, i) => Encoding.ASCII.GetBytes(
            $"{(i == 0 ? "" : "\r\n")}--{boundary}\r\nContent-Type: {content.MimeType}\r\nContent-Range: {ContentHeaders.Range(range, content.Size)}\r\n\r\n"))];
        End = Encoding.ASCII.GetBytes($"\r\n--{boundary}--\r\n");
        Length = _heads.Sum(h => (long)h.Length) + ranges.Sum(r => r.Length) + End.Length;
    }

    public string ContentType { get; }

    /// <summary>Bytes in all, those of the ranges too.</summary>
    public long Length { get; }

    /// <summary>Behind the last range.</summary>
    public ReadOnlyMemory<byte> End { get; }

    /// <summary>Before a range.</summary>
    public ReadOnlyMemory<byte> Head(int index) => _heads[index];
}
