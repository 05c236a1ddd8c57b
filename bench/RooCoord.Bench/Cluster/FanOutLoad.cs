using System.Diagnostics;
using System.Globalization;
using System.Text;
using RooCoord.Bench.Load;

namespace RooCoord.Bench.Cluster;

/// <summary>One device changes its status again and again, each time when all others have been told of the change before.</summary>
internal sealed class FanOutLoad(DeviceConnection changing, int others) : ILoad
{
    private static readonly string[] Statuses = ["busy", "away"];

    private readonly byte[] _name = Encoding.UTF8.GetBytes($"\"id\":\"{changing.Credential.Id}\"");
    private readonly bool[] _isTold = new bool[others + 1];
    private readonly List<long> _times = [];
    private byte[] _status = [];
    private int _left;
    private int _number;
    private int _told;
    private bool _isAnswered = true;
    private long _changedAt;

    /// <summary>What is still missing of the change under way.</summary>
    public string Missing => $"{others - _told} of {others} devices were not told of change {_number}{(_isAnswered ? "" : ", which was not answered")}";

    /// <summary>From now on changes so often.</summary>
    public void Start(int changes)
    {
        _times.Clear();
        (_left, _told, _isAnswered) = (changes, others, true);
    }

    public bool IsOver() => _left == 0 && IsIdle;

    /// <summary>From the sending of each change until the last device was told of it, ascending.</summary>
    public IReadOnlyList<TimeSpan> Times() => [.. _times.Order().Select(ticks => Stopwatch.GetElapsedTime(0, ticks))];

    public TimeSpan Pump(long now)
    {
        if (_left == 0 || !IsIdle) return TimeSpan.MaxValue;
        _left--;
        var status = Statuses[++_number % Statuses.Length];
        _status = Encoding.UTF8.GetBytes($"\"status\":\"{status}\"");
        Array.Clear(_isTold);
        (_told, _isAnswered, _changedAt) = (0, false, now);
        changing.Send(ClientFrame.Call(string.Create(CultureInfo.InvariantCulture, $"{RecordText.StatusCall}{_number}"), "SetStatus", $"\"{status}\""));
        return TimeSpan.MaxValue;
    }

    public void OnRecord(DeviceConnection connection, ReadOnlySpan<byte> record, long now)
    {
        switch (RecordText.Type(record))
        {
            case 1 when record.StartsWith("{\"type\":1,\"target\":\"DeviceChanged\""u8) && record.IndexOf(_name) >= 0:
                OnTold(connection, record, now);
                break;
            case 3 when RecordText.AnsweredCall(record) == RecordText.StatusCall && !RecordText.IsError(record):
                _isAnswered = true;
                break;
            case 1 or 6:
                break;
            default:
                throw RecordText.Unexpected($"{connection.Credential.Id} received", record);
        }
    }

    public void Tick()
    {
    }

    private bool IsIdle => _told == others && _isAnswered;

    private void OnTold(DeviceConnection connection, ReadOnlySpan<byte> record, long now)
    {
        if (connection == changing || _isTold[connection.Index] || record.IndexOf(_status) < 0)
            throw RecordText.Unexpected($"{connection.Credential.Id} was told once too often, or of something else:", record);
        _isTold[connection.Index] = true;
        if (++_told == others) _times.Add(now - _changedAt);
    }
}
