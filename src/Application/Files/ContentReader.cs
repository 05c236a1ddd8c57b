using RooCoord.Domain.Files;

namespace RooCoord.Application.Files;

/// <summary>Reads a version's bytes from anywhere: its blobs, one of them open at a time.</summary>
public sealed class ContentReader(IBlobStore blobs, FileContent content) : IDisposable
{
    private IBlobReader? _blob;
    private int _index = -1;
    private long _start;

    /// <summary>Opens the blob that has the byte at <paramref name="offset"/>.</summary>
    public void Open(long offset)
    {
        if (_blob is not null && offset >= _start && offset < _start + content.Parts[_index].Size) return;
        _blob?.Dispose();
        _blob = null;
        (_index, _start) = (0, 0);
        while (offset >= _start + content.Parts[_index].Size) _start += content.Parts[_index++].Size;
        _blob = blobs.OpenRead(content.Parts[_index].BlobId);
    }

    /// <summary>Reads at <paramref name="offset"/>, at least one byte. Throws <see cref="EndOfStreamException"/> when the disk has less than it should.</summary>
    public int Read(Span<byte> buffer, long offset)
    {
        Open(offset);
        var part = content.Parts[_index];
        var read = _blob!.Read(buffer[..(int)Math.Min(buffer.Length, _start + part.Size - offset)], offset - _start);
        return read > 0 ? read : throw new EndOfStreamException($"blob {part.BlobId} ends at {offset - _start} of {part.Size}");
    }

    /// <inheritdoc/>
    public void Dispose() => _blob?.Dispose();
}
