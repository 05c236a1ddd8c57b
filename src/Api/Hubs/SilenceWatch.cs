using System.Diagnostics;
using System.IO.Pipelines;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.SignalR;

namespace RooCoord.Api.Hubs;

/// <summary>
/// Closes a connection from which nothing comes for too long. SignalR does so only after a client's first ping, which a
/// stock client sends after 15 s: a cable pulled before that would leave the device online for as long as TCP keeps trying.
/// </summary>
internal sealed class SilenceWatch : PipeReader, IDuplexPipe
{
    // For a goodbye, should the client hear it after all; then the socket is cut.
    private static readonly TimeSpan Farewell = TimeSpan.FromSeconds(2);

    private readonly HubConnectionContext _connection;
    private readonly IDuplexPipe _transport;
    private readonly TimeSpan _limit;
    // Timestamps of the real clock, as the heartbeat is. No silence while SignalR is not reading: it may be the server that is slow.
    private long _readingSince, _closedAt;

    private SilenceWatch(HubConnectionContext connection, IDuplexPipe transport, TimeSpan limit) => (_connection, _transport, _limit) = (connection, transport, limit);

    /// <summary>Watches a connection from here on.</summary>
    public static void Watch(HubConnectionContext connection, TimeSpan limit)
    {
        var feature = connection.Features.GetRequiredFeature<IConnectionTransportFeature>();
        var watch = new SilenceWatch(connection, feature.Transport, limit);
        feature.Transport = watch;
        connection.Features.GetRequiredFeature<IConnectionHeartbeatFeature>().OnHeartbeat(static watch => ((SilenceWatch)watch).Tick(), watch);
    }

    private void Tick()
    {
        if (_closedAt != 0)
        {
            if (Stopwatch.GetElapsedTime(_closedAt) >= Farewell) _connection.GetHttpContext()?.Abort();
        }
        else if (Interlocked.Read(ref _readingSince) is not 0 and var since && Stopwatch.GetElapsedTime(since) >= _limit)
        {
            _closedAt = Stopwatch.GetTimestamp();
            _connection.Features.GetRequiredFeature<IConnectionLifetimeNotificationFeature>().RequestClose();
        }
    }

    public PipeReader Input => this;

    public PipeWriter Output => _transport.Output;

    public override ValueTask<ReadResult> ReadAsync(CancellationToken cancellationToken = default)
    {
        Interlocked.Exchange(ref _readingSince, Stopwatch.GetTimestamp());
        return _transport.Input.ReadAsync(cancellationToken);
    }

    public override bool TryRead(out ReadResult result) => _transport.Input.TryRead(out result);

    public override void AdvanceTo(SequencePosition consumed) => AdvanceTo(consumed, consumed);

    public override void AdvanceTo(SequencePosition consumed, SequencePosition examined)
    {
        Interlocked.Exchange(ref _readingSince, 0);
        _transport.Input.AdvanceTo(consumed, examined);
    }

    public override void CancelPendingRead() => _transport.Input.CancelPendingRead();

    public override void Complete(Exception? exception = null) => _transport.Input.Complete(exception);
}
