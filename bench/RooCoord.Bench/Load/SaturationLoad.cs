namespace RooCoord.Bench.Load;

/// <summary>A closed loop: every pair keeps a number of messages sent and not yet received, so the server is never idle.</summary>
internal sealed class SaturationLoad(Variant variant, int acknowledgeEvery, int outstanding, int burst) : RelayLoad(variant, acknowledgeEvery)
{
    private readonly List<Pair> _free = [];
    private byte[] _scratch = [];
    private bool _sending;

    /// <summary>From now on pairs are kept full.</summary>
    public void Start()
    {
        _sending = true;
        _scratch = new byte[outstanding * Pairs.Max(pair => pair.Frame.Length)];
        foreach (var pair in Pairs) Free(pair);
    }

    /// <summary>From now on nothing new is sent.</summary>
    public void Stop() => _sending = false;

    public override TimeSpan Pump(long now)
    {
        var milliseconds = DateTimeOffset.UtcNow.ToUnixTimeMilliseconds();
        foreach (var pair in _free)
        {
            pair.IsQueued = false;
            if (_sending) Fill(pair, milliseconds, now);
        }

        _free.Clear();
        return NothingDue;
    }

    protected override void OnReceived(Pair pair, ReadOnlySpan<byte> record, long now) => Free(pair);

    protected override void OnDropped(Pair pair) => Free(pair);

    private void Free(Pair pair)
    {
        if (pair.IsQueued || outstanding - pair.InFlight < burst) return;
        pair.IsQueued = true;
        _free.Add(pair);
    }

    private void Fill(Pair pair, long milliseconds, long now)
    {
        var length = 0;
        for (var room = outstanding - pair.InFlight; room > 0; room--)
        {
            pair.Frame.Write(_scratch.AsSpan(length), ++pair.Sent, milliseconds, now);
            length += pair.Frame.Length;
        }

        pair.Sender.Send(_scratch.AsSpan(0, length));
    }
}
