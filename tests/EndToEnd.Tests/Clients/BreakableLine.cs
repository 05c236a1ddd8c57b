using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;

namespace RooCoord.EndToEnd.Tests.Clients;

/// <summary>A TCP line to the server that can be cut: both ends then see a reset, without a goodbye.</summary>
internal sealed class BreakableLine : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _ended = new();
    private readonly ConcurrentDictionary<Socket, byte> _open = new();
    private readonly Uri _server;
    private readonly Task _accepting;
    private long _left = long.MaxValue;

    public BreakableLine(Uri server)
    {
        _server = server;
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

    private async Task CarryAsync(Socket client)
    {
        var server = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        client.NoDelay = true;
        _open[client] = _open[server] = 0;
        try
        {
            await server.ConnectAsync(IPAddress.Loopback, _server.Port, _ended.Token);
            await Task.WhenAny(CopyAsync(client, server), CopyAsync(server, client));
        }
        catch (Exception exception) when (exception is SocketException or ObjectDisposedException or OperationCanceledException)
        {
            // No server behind the line, or cut while connecting.
        }
        // One side has said goodbye; what it said before is on its way to the other.
        Forget(client)?.Dispose();
        Forget(server)?.Dispose();
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
