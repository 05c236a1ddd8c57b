using System.Net.Sockets;
using System.Text;

namespace RooCoord.Bench.Load;

/// <summary>How a device gets in.</summary>
/// <param name="Port">Of the server that it connects to.</param>
/// <param name="Id">What a sender names as the receiver.</param>
/// <param name="RequestTarget">Path and query of the hub.</param>
/// <param name="AccessToken">Sent as a bearer token, where one is needed.</param>
internal sealed record DeviceCredential(int Port, string Id, string RequestTarget, string? AccessToken);

/// <summary>One device's WebSocket: a socket that never blocks, driven by <see cref="LoadLoop"/>.</summary>
internal sealed class DeviceConnection : IRecordHandler, IDisposable
{
    private const int LongestAnswer = 8192;

    private readonly LoadLoop _loop;
    private readonly RecordReader _reader;
    private byte[] _unsent = [];
    private byte[] _answer = [];

    private DeviceConnection(LoadLoop loop, DeviceCredential credential, byte[] openingCall)
    {
        _loop = loop;
        _reader = new RecordReader(this);
        (Credential, OpeningCall) = (credential, openingCall);
        Socket = Loopback.Connect(credential.Port);
    }

    public DeviceCredential Credential { get; }

    /// <summary>What is sent after SignalR's handshake.</summary>
    public byte[] OpeningCall { get; }

    public Socket Socket { get; }

    /// <summary>Whether it is a WebSocket by now.</summary>
    public bool IsUpgraded { get; private set; }

    /// <summary>Its place in the loop.</summary>
    public int Index { get; set; }

    /// <summary>Whether its opening call has been answered: SignalR adds a connection to its user only after the handshake.</summary>
    public bool IsOpen { get; set; }

    /// <summary>What the connection sends or receives for, if anything.</summary>
    public Pair? Pair { get; set; }

    /// <summary>Whether it is the pair's receiver.</summary>
    public bool IsReceiver => Pair?.Receiver == this;

    /// <summary>
    /// Begins to connect and joins <paramref name="loop"/>, which then upgrades it and sends SignalR's handshake and
    /// <paramref name="openingCall"/>. Waits for nothing: thousands may be begun at once.
    /// </summary>
    public static DeviceConnection Open(LoadLoop loop, DeviceCredential credential, byte[] openingCall)
    {
        var connection = new DeviceConnection(loop, credential, openingCall);
        loop.Join(connection);
        connection.RequestUpgrade();
        return connection;
    }

    /// <summary>Begins anew in the place of one that was lost.</summary>
    public void Reopen()
    {
        Dispose();
        var connection = new DeviceConnection(_loop, Credential, OpeningCall) { Index = Index };
        _loop.Rejoin(connection);
        connection.RequestUpgrade();
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
        if (IsUpgraded) _reader.Read(buffer[..count]);
        else Upgrade(buffer[..count]);
    }

    public void OnRecord(ReadOnlySpan<byte> record) => _loop.OnRecord(this, record);

    public void OnControl(ControlFrame kind, ReadOnlySpan<byte> payload)
    {
        if (kind == ControlFrame.Ping) Send(ClientFrame.Pong(payload));
        if (kind == ControlFrame.Close) throw Lost("closed by the server: " + Encoding.UTF8.GetString(payload.Length > 2 ? payload[2..] : []));
    }

    public void Dispose() => Socket.Dispose();

    // Waits in the connection until the socket can be written, which is when it is connected.
    private void RequestUpgrade()
    {
        var bearer = Credential.AccessToken is { } token ? $"Authorization: Bearer {token}\r\n" : "";
        _unsent = Encoding.ASCII.GetBytes(
            $"GET {Credential.RequestTarget} HTTP/1.1\r\nHost: 127.0.0.1:{Credential.Port}\r\n{bearer}Connection: Upgrade\r\nUpgrade: websocket\r\n" +
            "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: cm9vY29vcmQtYmVuY2gwMQ==\r\n\r\n");
        _loop.WatchWrites(this, true);
    }

    private void Upgrade(ReadOnlySpan<byte> bytes)
    {
        _answer = [.. _answer, .. bytes];
        var end = _answer.AsSpan().IndexOf("\r\n\r\n"u8);
        if (end < 0 && _answer.Length <= LongestAnswer) return;
        if (end < 0 || !_answer.AsSpan().StartsWith("HTTP/1.1 101"u8)) throw Lost("upgrade refused: " + Encoding.ASCII.GetString(_answer));
        IsUpgraded = true;
        Send([.. ClientFrame.Handshake, .. OpeningCall]);
        _reader.Read(_answer.AsSpan(end + 4));
        _answer = [];
    }

    private RunFailedException Lost(string why) => new($"connection of {Credential.Id}: {why}");
}
