using System.Diagnostics;

namespace RooCoord.Bench.Load;

/// <summary>What the loop is driven for.</summary>
internal interface ILoad
{
    /// <summary>A record came in on <paramref name="connection"/>; <paramref name="now"/> is in <see cref="Stopwatch"/> ticks.</summary>
    void OnRecord(DeviceConnection connection, ReadOnlySpan<byte> record, long now);

    /// <summary>Sends what is due, and says how long the loop may then wait for something to come in.</summary>
    TimeSpan Pump(long now);

    /// <summary>Every <see cref="LoadLoop.PingInterval"/>.</summary>
    void Tick();

    /// <summary>A connection failed; <c>false</c> fails the run.</summary>
    bool OnLost(DeviceConnection connection, RunFailedException why) => false;
}

/// <summary>All connections on one thread, so that nothing is locked and what is ready is handled together.</summary>
internal sealed class LoadLoop : IDisposable
{
    /// <summary>A server closes a connection that was silent for 30 s.</summary>
    public static readonly TimeSpan PingInterval = TimeSpan.FromSeconds(15);

    private static readonly TimeSpan LongestWait = TimeSpan.FromMilliseconds(100);

    private readonly Epoll _epoll = new();
    private readonly List<DeviceConnection> _connections = [];
    private readonly byte[] _buffer = GC.AllocateUninitializedArray<byte>(256 * 1024, pinned: true);
    private long _now;
    private long _nextPing = Stopwatch.GetTimestamp();

    /// <summary>What records go to.</summary>
    public ILoad? Load { get; set; }

    /// <summary>Runs until <paramref name="until"/> holds, or says <c>false</c> when <paramref name="limit"/> has passed.</summary>
    public bool Run(Func<bool> until, TimeSpan limit, CancellationToken cancellation)
    {
        var load = Load ?? throw new InvalidOperationException("nothing to run");
        var start = Stopwatch.GetTimestamp();
        while (!until())
        {
            cancellation.ThrowIfCancellationRequested();
            _now = Stopwatch.GetTimestamp();
            var left = limit - Stopwatch.GetElapsedTime(start, _now);
            if (left <= TimeSpan.Zero) return false;
            if (_now >= _nextPing) Ping(load);

            var wait = Min(Min(load.Pump(_now), LongestWait), left);
            var ready = _epoll.Wait(wait < TimeSpan.Zero ? TimeSpan.Zero : wait);
            for (var i = 0; i < ready; i++)
            {
                var (index, writable) = _epoll.Ready(i);
                _now = Stopwatch.GetTimestamp();
                Exchange(_connections[index], writable, load);
            }
        }

        return true;
    }

    /// <summary>Runs for <paramref name="time"/>.</summary>
    public void Run(TimeSpan time, CancellationToken cancellation) => Run(static () => false, time, cancellation);

    /// <summary>Called by a connection that has begun to connect.</summary>
    public void Join(DeviceConnection connection)
    {
        connection.Index = _connections.Count;
        _connections.Add(connection);
        _epoll.Watch(connection.Socket, connection.Index);
    }

    /// <summary>Called by a connection that takes the place of another.</summary>
    public void Rejoin(DeviceConnection connection)
    {
        _connections[connection.Index] = connection;
        _epoll.Watch(connection.Socket, connection.Index);
    }

    public void WatchWrites(DeviceConnection connection, bool wanted) => _epoll.WatchWrites(connection.Socket, connection.Index, wanted);

    public void OnRecord(DeviceConnection connection, ReadOnlySpan<byte> record) => Load?.OnRecord(connection, record, _now);

    public void Dispose()
    {
        foreach (var connection in _connections) connection.Dispose();
        _epoll.Dispose();
    }

    private void Exchange(DeviceConnection connection, bool writable, ILoad load)
    {
        try
        {
            if (writable) connection.SendRest();
            connection.Receive(_buffer);
        }
        catch (RunFailedException lost) when (load.OnLost(connection, lost))
        {
            // The load has dealt with it.
        }
    }

    private static TimeSpan Min(TimeSpan a, TimeSpan b) => a < b ? a : b;

    private void Ping(ILoad load)
    {
        _nextPing = _now + (long)(PingInterval.TotalSeconds * Stopwatch.Frequency);
        for (var i = 0; i < _connections.Count; i++)
        {
            var connection = _connections[i];
            try
            {
                if (connection.IsUpgraded) connection.Send(ClientFrame.Ping);
            }
            catch (RunFailedException lost) when (load.OnLost(connection, lost))
            {
                // The load has dealt with it.
            }
        }

        load.Tick();
    }
}
