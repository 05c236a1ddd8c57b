using System.Net.Sockets;
using System.Text;

namespace RooCoord.Bench.Backplane.Measurements;

/// <summary>Another node's place at Redis, held by a socket: it takes all that is published under a prefix and allocates nothing for it.</summary>
internal sealed class BareSubscriber : IDisposable
{
    private readonly Socket _socket = new(SocketType.Stream, ProtocolType.Tcp);
    private readonly byte[] _buffer = new byte[64 * 1024];
    private readonly Thread _reading;

    /// <param name="redis">host:port.</param>
    /// <param name="prefix">Of the channels.</param>
    public BareSubscriber(string redis, string prefix)
    {
        var at = redis.LastIndexOf(':');
        if (at < 0 || !int.TryParse(redis[(at + 1)..], out var port)) throw new RunFailedException($"Redis is named as host:port, not {redis}");
        _socket.Connect(redis[..at], port);
        _socket.Send(Encoding.UTF8.GetBytes($"PSUBSCRIBE {prefix}*\r\n"));
        // Its confirmation: from now on everything comes.
        if (_socket.Receive(_buffer) == 0 || _buffer[0] != '*') throw new RunFailedException("Redis did not take a subscription");
        _reading = new(Read) { IsBackground = true };
        _reading.Start();
    }

    private void Read()
    {
        try
        {
            while (_socket.Receive(_buffer) > 0) { }
        }
        catch (SocketException) { /* Closed. */ }
        catch (ObjectDisposedException) { /* Closed. */ }
    }

    public void Dispose()
    {
        _socket.Shutdown(SocketShutdown.Both);
        _socket.Dispose();
        _reading.Join();
    }
}
