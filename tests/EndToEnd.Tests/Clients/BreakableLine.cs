using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;

namespace RooCoord.EndToEnd.Tests.Clients;

/// <summary>A TCP line to a server, or to several in turn, that can be cut: both ends then see a reset, without a goodbye.</summary>
internal sealed class BreakableLine : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _ended = new();
    private readonly ConcurrentDictionary<Socket, byte> _open = new();
    private readonly Uri[] _servers;
    private readonly Task _accepting;
    private long _left = long.MaxValue;
    private int _next;
    private volatile bool _isCut;

    /// <summary>To the next of these at each connection; one that refuses is passed over.</summary>
    public BreakableLine(params Uri[] servers)
    {
        _servers = servers;
        _listener.Start();
        Url = new($"http://127.0.0.1:{((IPEndPoint)_listener.LocalEndpoint).Port}");
        _accepting = AcceptAsync();
    }

    /// <summary>Where the server is to be found through this line.</summary>
    public Uri Url { get; }

    /// <summary>Cuts what is connected now; later connections go through.</summary>
    public void Break()
    {
        foreach (var socket in _open.Keys) Forget(socket)?.Close(timeout: 0);
    }

    /// <summary>Cuts what is connected and refuses more, until <see cref="Mend"/>.</summary>
    public void Cut()
    {
        _isCut = true;
        Break();
    }

    /// <summary>Lets connections through again.</summary>
    public void Mend() => _isCut = false;

    /// <summary>Cuts what is connected once so many bytes more were carried.</summary>
    public void BreakAfter(int bytes) => Interlocked.Exchange(ref _left, bytes);

    private async Task AcceptAsync()
    {
        try
        {
            while (true) _ = CarryAsync(await _listener.AcceptSocketAsync(_ended.Token));
        }
        catch (OperationCanceledException)
        {
            // The test is over.
        }
    }

    private async Task<Socket> ConnectAsync()
    {
        for (var attempt = 1; ; attempt++)
        {
            var server = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
            try
            {
                await server.ConnectAsync(IPAddress.Loopback, _servers[(uint)Interlocked.Increment(ref _next) % _servers.Length].Port, _ended.Token);
                return server;
            }
            catch (SocketException) when (attempt < _servers.Length)
            {
                server.Dispose();
            }
        }
    }

    private async Task CarryAsync(Socket client)
    {
        if (_isCut)
        {
            client.Close(timeout: 0);
            return;
        }
        client.NoDelay = true;
        _open[client] = 0;
        Socket? server = null;
        try
        {
            server = await ConnectAsync();
            _open[server] = 0;
            await Task.WhenAny(CopyAsync(client, server), CopyAsync(server, client));
        }
        catch (Exception exception) when (exception is SocketException or ObjectDisposedException or OperationCanceledException)
        {
            // No server behind the line, or cut while connecting.
        }
        // One side has said goodbye; what it said before is on its way to the other.
        Forget(client)?.Dispose();
        if (server is not null) Forget(server)?.Dispose();
    }

    private async Task CopyAsync(Socket from, Socket to)
    {
        try
        {
            var buffer = new byte[16 * 1024];
            int read;
            while ((read = await from.ReceiveAsync(buffer, _ended.Token)) > 0)
            {
                for (var sent = 0; sent < read;) sent += await to.SendAsync(buffer.AsMemory(sent, read - sent), _ended.Token);
                if (Interlocked.Add(ref _left, -read) > 0) continue;
                Interlocked.Exchange(ref _left, long.MaxValue);
                Break();
            }
        }
        catch (Exception exception) when (exception is SocketException or ObjectDisposedException or OperationCanceledException)
        {
            // Cut.
        }
    }

    private Socket? Forget(Socket socket) => _open.TryRemove(socket, out _) ? socket : null;

    public async ValueTask DisposeAsync()
    {
        await _ended.CancelAsync();
        await _accepting;
        _listener.Dispose();
        Break();
        _ended.Dispose();
    }
}
