using System.Net;
using System.Net.Sockets;
using System.Text;

namespace RooCoord.Bench.Load;

/// <summary>How a device gets in.</summary>
/// <param name="Id">What a sender names as the receiver.</param>
/// <param name="RequestTarget">Path and query of the hub.</param>
/// <param name="AccessToken">Sent as a bearer token, where one is needed.</param>
internal sealed record DeviceCredential(string Id, string RequestTarget, string? AccessToken);

/// <summary>One device's WebSocket: a socket that never blocks, driven by <see cref="LoadLoop"/>.</summary>
internal sealed class DeviceConnection : IRecordHandler, IDisposable
{
    private static readonly TimeSpan HandshakeLimit = TimeSpan.FromSeconds(10);

    private readonly LoadLoop _loop;
    private readonly RecordReader _reader;
    private byte[] _unsent = [];

    private DeviceConnection(LoadLoop loop, DeviceCredential credential)
    {
        _loop = loop;
        _reader = new RecordReader(this);
        Credential = credential;
    }

    public DeviceCredential Credential { get; }

    public Socket Socket { get; } = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };

    /// <summary>Its place in the loop.</summary>
    public int Index { get; set; }

    /// <summary>Whether its opening call has been answered: SignalR adds a connection to its user only after the handshake.</summary>
    public bool IsOpen { get; set; }

    /// <summary>What the connection sends or receives for, if anything.</summary>
    public Pair? Pair { get; set; }

    /// <summary>Whether it is the pair's receiver.</summary>
    public bool IsReceiver => Pair?.Receiver == this;

    /// <summary>Connects, upgrades, sends SignalR's handshake and <paramref name="openingCall"/>, and joins <paramref name="loop"/>.</summary>
    public static DeviceConnection Open(LoadLoop loop, int port, DeviceCredential credential, ReadOnlySpan<byte> openingCall)
    {
        var connection = new DeviceConnection(loop, credential);
        try
        {
            connection.Upgrade(port, openingCall);
            return connection;
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }

    /// <summary>Writes <paramref name="bytes"/> now, or as soon as the socket takes them.</summary>
    public void Send(ReadOnlySpan<byte> bytes)
    {
        var sent = 0;
        if (_unsent.Length == 0)
        {
            sent = Socket.Send(bytes, SocketFlags.None, out var error);
            if (error is not (SocketError.Success or SocketError.WouldBlock)) throw Lost(error.ToString());
            if (sent == bytes.Length) return;
            _loop.WatchWrites(this, true);
        }

        _unsent = [.. _unsent, .. bytes[Math.Max(sent, 0)..]];
    }

    /// <summary>Writes what the socket did not take before.</summary>
    public void SendRest()
    {
        var rest = _unsent;
        _unsent = [];
        _loop.WatchWrites(this, false);
        if (rest.Length > 0) Send(rest);
    }

    /// <summary>Reads what is there, through <paramref name="buffer"/>.</summary>
    public void Receive(Span<byte> buffer)
    {
        var count = Socket.Receive(buffer, SocketFlags.None, out var error);
        if (error == SocketError.WouldBlock) return;
        if (error != SocketError.Success || count == 0) throw Lost(error == SocketError.Success ? "closed by the server" : error.ToString());
        _reader.Read(buffer[..count]);
    }

    public void OnRecord(ReadOnlySpan<byte> record) => _loop.OnRecord(this, record);

    public void OnControl(ControlFrame kind, ReadOnlySpan<byte> payload)
    {
        if (kind == ControlFrame.Ping) Send(ClientFrame.Pong(payload));
        if (kind == ControlFrame.Close) throw Lost("closed by the server: " + Encoding.UTF8.GetString(payload.Length > 2 ? payload[2..] : []));
    }

    public void Dispose() => Socket.Dispose();

    // Blocking calls with a limit: an asynchronous one would leave the socket registered with .NET's own epoll for good.
    private void Upgrade(int port, ReadOnlySpan<byte> openingCall)
    {
        Socket.ReceiveTimeout = Socket.SendTimeout = (int)HandshakeLimit.TotalMilliseconds;
        Socket.Connect(new IPEndPoint(IPAddress.Loopback, port));
        var bearer = Credential.AccessToken is { } token ? $"Authorization: Bearer {token}\r\n" : "";
        Socket.Send(Encoding.ASCII.GetBytes(
            $"GET {Credential.RequestTarget} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n{bearer}Connection: Upgrade\r\nUpgrade: websocket\r\n" +
            "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: cm9vY29vcmQtYmVuY2gwMQ==\r\n\r\n"));

        var answer = new byte[8192];
        int length = 0, end;
        while ((end = answer.AsSpan(0, length).IndexOf("\r\n\r\n"u8)) < 0)
        {
            var count = length < answer.Length ? Socket.Receive(answer.AsSpan(length)) : 0;
            if (count == 0) throw Lost("no answer to the upgrade");
            length += count;
        }

        if (!answer.AsSpan().StartsWith("HTTP/1.1 101"u8)) throw Lost("upgrade refused: " + Encoding.ASCII.GetString(answer, 0, length));
        Socket.Blocking = false;
        _loop.Join(this);
        Send([.. ClientFrame.Handshake, .. openingCall]);
        _reader.Read(answer.AsSpan(end + 4, length - end - 4));
    }

    private RunFailedException Lost(string why) => new($"connection of {Credential.Id}: {why}");
}
