using System.Globalization;
using System.Net.Sockets;
using System.Text;
using RooCoord.Testing;

namespace RooCoord.Api.Tests;

/// <summary>A request on a socket of its own, whose body comes when the test wants, and ends as it wants.</summary>
internal sealed class RawRequest : IDisposable
{
    private readonly Socket _socket = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
    private readonly NetworkStream _stream;
    private readonly StreamReader _reader;
    private readonly string _token;

    private RawRequest(Uri server, string token)
    {
        _socket.Connect("127.0.0.1", server.Port);
        _stream = new(_socket, ownsSocket: true);
        _reader = new(_stream, Encoding.ASCII);
        _token = token;
    }

    /// <summary>Sends the head of a request whose body has <paramref name="length"/> bytes.</summary>
    public static async Task<RawRequest> BeginAsync(Uri server, string token, string method, string path, long length, params (string Name, string Value)[] headers)
    {
        var raw = new RawRequest(server, token);
        await raw.HeadAsync(method, path, length, headers);
        return raw;
    }

    /// <summary>Sends the head of the next request.</summary>
    public async Task HeadAsync(string method, string path, long length, params (string Name, string Value)[] headers)
    {
        var head = new StringBuilder($"{method} {path} HTTP/1.1\r\nHost: test\r\nAuthorization: Bearer {_token}\r\nTus-Resumable: 1.0.0\r\nContent-Length: {length}\r\n");
        if (length > 0) head.Append(CultureInfo.InvariantCulture, $"Content-Type: {TusCalls.ChunkType}\r\n");
        foreach (var (name, value) in headers) head.Append(CultureInfo.InvariantCulture, $"{name}: {value}\r\n");
        await SendAsync(Encoding.ASCII.GetBytes(head.Append("\r\n").ToString()));
    }

    public async Task SendAsync(ReadOnlyMemory<byte> bytes) => await _stream.WriteAsync(bytes);

    /// <summary>Takes the next answer whole; returns its status.</summary>
    public async Task<int> StatusAsync()
    {
        var first = await LineAsync();
        var length = 0;
        for (var line = await LineAsync(); line.Length > 0; line = await LineAsync())
            if (line.StartsWith("Content-Length: ", StringComparison.OrdinalIgnoreCase)) length = int.Parse(line["Content-Length: ".Length..], CultureInfo.InvariantCulture);
            else if (line.StartsWith("Transfer-Encoding: chunked", StringComparison.OrdinalIgnoreCase)) length = -1;
        if (length < 0) while (await LineAsync() != "0") { }
        if (length < 0) await LineAsync();
        for (var read = 0; read < length;) read += await _reader.ReadAsync(new char[length - read]).AsTask().WaitAsync(TestDevice.Patience);
        return int.Parse(first.Split(' ')[1], CultureInfo.InvariantCulture);
    }

    /// <summary>Says goodbye in the middle.</summary>
    public void End() => _socket.Shutdown(SocketShutdown.Send);

    /// <summary>Is gone without a goodbye.</summary>
    public void Reset() => _socket.Close(timeout: 0);

    private async Task<string> LineAsync() => await _reader.ReadLineAsync().WaitAsync(TestDevice.Patience) ?? throw new IOException("the server closed the connection");

    public void Dispose()
    {
        _reader.Dispose();
        _stream.Dispose();
    }
}
