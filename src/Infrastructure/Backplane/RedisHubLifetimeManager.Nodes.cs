namespace RooCoord.Infrastructure.Backplane;

public partial class RedisHubLifetimeManager<THub>
{
    private const int LooksAPulse = 2;

    private void OnPulseFrame(byte[] payload)
    {
        if (BackplaneFrame.IsFrom(payload, _node) || !TryRead(payload, out var frame) || frame.Kind != FrameKind.Goodbye) return;
        _pulses.Forget(frame.Node);
        _calls.Fail(call => call.Node == frame.Node, call => Disconnected(call.ConnectionId));
    }

    private async Task PulseAsync()
    {
        var pulse = new BackplaneFrame(FrameKind.Pulse, _node).ToBytes();
        using var timer = new PeriodicTimer(NodePulses.Interval / LooksAPulse);
        try
        {
            for (var look = 0; ; look++)
            {
                // Publishing may take its time; the next look must not.
                if (look % LooksAPulse == 0 && _pubSub.IsConnected) _ = HintAsync(_channels.Pulse, pulse);
                FailCallsToTheDead();
                if (!await timer.WaitForNextTickAsync(_stopping.Token).ConfigureAwait(false)) return;
            }
        }
        catch (OperationCanceledException) { /* The node stops. */ }
    }

    private void FailCallsToTheDead()
    {
        _calls.Fail(
            call => call.IsRemote && (call.Node is { } node ? node != _node && _pulses.IsDead(node) : call.Age > NodePulses.Patience),
            call => new IOException(call.Node is null
                ? $"The node of connection '{call.ConnectionId}' did not take up the call."
                : $"The node of connection '{call.ConnectionId}' is silent."));
        foreach (var (id, taken) in _taken)
            if (taken.Caller != _node && _pulses.IsDead(taken.Caller)) _taken.TryRemove(id, out _);
        _pulses.Sweep();
    }

    // What other nodes answered meanwhile is lost; what this one has to answer is not.
    private void OnRestored()
    {
        _calls.Fail(call => call.IsRemote && call.Node is not null, _ => new IOException("Redis was away: the client's answer may be lost."));
        for (var left = _unsent.Count; left > 0 && _unsent.TryDequeue(out var answer); left--) _ = HintAsync(answer.Channel, answer.Frame);
    }
}
