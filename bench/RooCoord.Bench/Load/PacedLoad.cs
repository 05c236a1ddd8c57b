using System.Diagnostics;

namespace RooCoord.Bench.Load;

/// <summary>
/// An open loop: messages are due at fixed times, whatever became of the earlier ones, and their latency counts from when they
/// were due. A server that stalls therefore pays for every message it kept waiting (no coordinated omission).
/// </summary>
internal sealed class PacedLoad(Variant variant, int acknowledgeEvery, int rate) : RelayLoad(variant, acknowledgeEvery)
{
    private readonly List<long> _latencies = new(16 * rate);
    private byte[] _scratch = [];
    private long _start;
    private long _count;
    private long _recordFrom;
    private long _end;

    /// <summary>Sends for <paramref name="warmUp"/>, then for <paramref name="measured"/>, of which latencies are kept.</summary>
    public void Start(TimeSpan warmUp, TimeSpan measured)
    {
        _scratch = new byte[Pairs.Max(pair => pair.Frame.Length)];
        _start = Stopwatch.GetTimestamp();
        _recordFrom = _start + Ticks(warmUp);
        _end = _recordFrom + Ticks(measured);
    }

    public bool IsOver() => _start > 0 && Due >= _end;

    /// <summary>In ascending order.</summary>
    public IReadOnlyList<TimeSpan> Latencies() => [.. _latencies.Order().Select(ticks => Stopwatch.GetElapsedTime(0, ticks))];

    public override TimeSpan Pump(long now)
    {
        if (_start == 0 || IsOver()) return NothingDue;
        var milliseconds = DateTimeOffset.UtcNow.ToUnixTimeMilliseconds();
        for (; Due <= now && Due < _end; _count++)
        {
            var pair = Pairs[(int)(_count % Pairs.Count)];
            pair.Frame.Write(_scratch, ++pair.Sent, milliseconds, Due);
            pair.Sender.Send(_scratch.AsSpan(0, pair.Frame.Length));
        }

        return Stopwatch.GetElapsedTime(now, Due);
    }

    protected override void OnReceived(Pair pair, ReadOnlySpan<byte> record, long now)
    {
        var due = RecordText.Time(record);
        if (due >= _recordFrom && due < _end) _latencies.Add(now - due);
    }

    private long Due => _start + (_count * Stopwatch.Frequency / rate);

    private static long Ticks(TimeSpan time) => (long)(time.TotalSeconds * Stopwatch.Frequency);
}
