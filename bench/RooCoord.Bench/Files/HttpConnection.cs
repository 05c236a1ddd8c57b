using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using System.Text;

namespace RooCoord.Bench.Files;

/// <summary>
/// A kept connection that speaks just enough HTTP/1.1: what is sent comes from one buffer, and a body received is thrown away in the
/// kernel (MSG_TRUNC, tcp(7)), so that the generator's core has little to do.
/// </summary>
internal sealed class HttpConnection : IDisposable
{
    private const int DiscardFlags = 0x20; // MSG_TRUNC
    private const int DiscardBytes = 1 << 20;
    private readonly Socket _socket = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
    private readonly byte[] _buffer = new byte[16 * 1024];

    public HttpConnection(int port)
    {
        _socket.ReceiveTimeout = _socket.SendTimeout = 30_000;
        _socket.Connect(IPAddress.Loopback, port);
    }

    /// <summary>Sends a request and reads its answer; throws unless it has the status expected.</summary>
    public HttpAnswer Ask(string head, ReadOnlySpan<byte> body, int expected)
    {
        _socket.Send(Encoding.ASCII.GetBytes(head + "\r\n"), SocketFlags.None);
        while (!body.IsEmpty) body = body[_socket.Send(body, SocketFlags.None)..];
        var answer = Receive();
        return answer.Status == expected ? answer : throw new RunFailedException($"{head.Split('\r')[0]}: {answer.Head}");
    }

    private HttpAnswer Receive()
    {
        var filled = 0;
        int end;
        while ((end = _buffer.AsSpan(0, filled).IndexOf("\r\n\r\n"u8)) < 0)
        {
            if (filled == _buffer.Length) throw new RunFailedException("an answer's head does not end");
            var read = _socket.Receive(_buffer.AsSpan(filled), SocketFlags.None);
            if (read == 0) throw new RunFailedException("the server closed the connection");
            filled += read;
        }
        var head = Encoding.ASCII.GetString(_buffer, 0, end);
        var answer = new HttpAnswer(int.Parse(head.AsSpan(9, 3), CultureInfo.InvariantCulture), head);
        var length = long.Parse(answer.Header("Content-Length") ?? "0", CultureInfo.InvariantCulture);
        Discard(length - (filled - end - 4));
        return answer with { Length = length };
    }

    private void Discard(long bytes)
    {
        var handle = (int)_socket.Handle;
        while (bytes > 0)
        {
            var read = Receive(handle, ref _buffer[0], (nuint)Math.Min(bytes, DiscardBytes), DiscardFlags);
            if (read <= 0) throw new RunFailedException("the server closed the connection within a body");
            bytes -= read;
        }
    }

    public void Dispose() => _socket.Dispose();

    [DllImport("libc", EntryPoint = "recv", SetLastError = true)]
    private static extern nint Receive(int socket, ref byte buffer, nuint length, int flags);
}

/// <summary>An answer's status, head, and how long its body was.</summary>
internal sealed record HttpAnswer(int Status, string Head)
{
    public long Length { get; init; }

    /// <summary>A header's value, or null.</summary>
    public string? Header(string name)
    {
        var at = Head.IndexOf($"\r\n{name}:", StringComparison.OrdinalIgnoreCase);
        if (at < 0) return null;
        var value = Head[(at + name.Length + 3)..];
        return value.Split('\r')[0].Trim();
    }
}
