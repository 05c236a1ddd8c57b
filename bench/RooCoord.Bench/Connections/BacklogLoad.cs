using RooCoord.Bench.Load;

namespace RooCoord.Bench.Connections;

/// <summary>Every pair's sender sends a number of messages; its receiver acknowledges none of them.</summary>
internal sealed class BacklogLoad(Variant variant) : RelayLoad(variant, acknowledgeEvery: 1)
{
    // Not yet answered, of one sender: enough for large batches, as there are many senders.
    private const int Outstanding = 8;

    private byte[] _scratch = [];
    private int _target;

    protected override bool Acknowledges => false;

    /// <summary>From now on each pair sends <paramref name="messages"/> more.</summary>
    public void Send(int messages)
    {
        _scratch = new byte[Pairs.Max(pair => pair.Frame.Length)];
        _target += messages;
    }

    /// <summary>Whether all that was to be sent is confirmed.</summary>
    public bool IsConfirmed() => Pairs.All(pair => pair.Confirmed == _target);

    public override TimeSpan Pump(long now)
    {
        var milliseconds = DateTimeOffset.UtcNow.ToUnixTimeMilliseconds();
        foreach (var pair in Pairs)
        {
            while (pair.Sent < _target && pair.Sent - pair.Confirmed < Outstanding)
            {
                pair.Frame.Write(_scratch, ++pair.Sent, milliseconds, now);
                pair.Sender.Send(_scratch.AsSpan(0, pair.Frame.Length));
            }
        }

        return NothingDue;
    }
}
