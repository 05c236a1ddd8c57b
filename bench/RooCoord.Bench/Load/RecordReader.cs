using System.Buffers.Binary;

namespace RooCoord.Bench.Load;

/// <summary>What a connection's bytes turn out to be.</summary>
internal interface IRecordHandler
{
    /// <summary>One SignalR record, without its separator.</summary>
    void OnRecord(ReadOnlySpan<byte> record);

    /// <summary>A WebSocket ping, pong or close.</summary>
    void OnControl(ControlFrame kind, ReadOnlySpan<byte> payload);
}

/// <summary>RFC 6455 opcodes.</summary>
internal enum ControlFrame
{
    Close = 8,
    Ping = 9,
    Pong = 10,
}

/// <summary>
/// Turns a server's bytes into SignalR records. A read may end anywhere, a record may be spread over frames and fragments, and
/// a frame may hold many: the payloads are moved together in place, then searched for separators, whatever the frames were.
/// </summary>
internal sealed class RecordReader(IRecordHandler handler)
{
    private const int ControlBit = 8;
    private readonly byte[] _header = new byte[10];
    private readonly byte[] _control = new byte[125];
    private int _headerLength;
    private int _controlLength;
    private long _payloadLeft;
    private byte[] _partial = [];
    private int _partialLength;

    /// <summary>Takes what was received. <paramref name="bytes"/> is overwritten.</summary>
    public void Read(Span<byte> bytes)
    {
        int read = 0, payload = 0;
        while (read < bytes.Length)
        {
            if (_payloadLeft == 0)
            {
                _header[_headerLength++] = bytes[read++];
                if (_headerLength >= 2 && _headerLength == HeaderSize()) BeginFrame();
                continue;
            }

            var take = (int)Math.Min(_payloadLeft, bytes.Length - read);
            if (IsControl)
            {
                bytes.Slice(read, take).CopyTo(_control.AsSpan(_controlLength));
                _controlLength += take;
            }
            else
            {
                if (payload != read) bytes.Slice(read, take).CopyTo(bytes[payload..]);
                payload += take;
            }

            read += take;
            _payloadLeft -= take;
            if (_payloadLeft == 0) EndFrame();
        }

        Split(bytes[..payload]);
    }

    private bool IsControl => (_header[0] & ControlBit) != 0;

    private int HeaderSize() => (_header[1] & 0x7F) switch { 126 => 4, 127 => 10, _ => 2 };

    private void BeginFrame()
    {
        if ((_header[1] & 0x80) != 0) throw new RunFailedException("the server masked a frame");
        _payloadLeft = HeaderSize() switch
        {
            4 => BinaryPrimitives.ReadUInt16BigEndian(_header.AsSpan(2)),
            10 => (long)BinaryPrimitives.ReadUInt64BigEndian(_header.AsSpan(2)),
            _ => _header[1] & 0x7F,
        };
        if (_payloadLeft == 0) EndFrame();
    }

    private void EndFrame()
    {
        _headerLength = 0;
        if (!IsControl) return;
        handler.OnControl((ControlFrame)(_header[0] & 0x0F), _control.AsSpan(0, _controlLength));
        _controlLength = 0;
    }

    private void Split(Span<byte> payload)
    {
        while (!payload.IsEmpty)
        {
            var end = payload.IndexOf(RecordText.Separator);
            if (end < 0)
            {
                Keep(payload);
                return;
            }

            if (_partialLength > 0)
            {
                Keep(payload[..end]);
                handler.OnRecord(_partial.AsSpan(0, _partialLength));
                _partialLength = 0;
            }
            else
            {
                handler.OnRecord(payload[..end]);
            }

            payload = payload[(end + 1)..];
        }
    }

    private void Keep(ReadOnlySpan<byte> bytes)
    {
        if (_partial.Length < _partialLength + bytes.Length) Array.Resize(ref _partial, Math.Max(1024, 2 * (_partialLength + bytes.Length)));
        bytes.CopyTo(_partial.AsSpan(_partialLength));
        _partialLength += bytes.Length;
    }
}
