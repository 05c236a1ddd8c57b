using System.Diagnostics;
using RooCoord.Bench.Load;

namespace RooCoord.Bench.Connections;

/// <summary>Devices that all came back at once: when each was served, and what went wrong on the way.</summary>
internal sealed class StormLoad(long start, int devices) : ILoad
{
    private readonly List<long> _served = new(devices);

    /// <summary>Devices whose <c>Resume</c> was answered.</summary>
    public int Served => _served.Count;

    /// <summary>Connections refused, lost or answered with an error. The device tries again at once.</summary>
    public int Errors { get; private set; }

    public string FirstError { get; private set; } = "";

    /// <summary>Devices whose session was continued.</summary>
    public int Continued { get; private set; }

    /// <summary>Told by the server that another device changed.</summary>
    public long Presence { get; private set; }

    public bool IsOver() => Served == devices;

    /// <summary>From the start of the storm, in ascending order.</summary>
    public IReadOnlyList<TimeSpan> Times() => [.. _served.Order().Select(at => Stopwatch.GetElapsedTime(start, at))];

    public void OnRecord(DeviceConnection connection, ReadOnlySpan<byte> record, long now)
    {
        switch (RecordText.Type(record))
        {
            case 1 when record.StartsWith("{\"type\":1,\"target\":\"DeviceChanged\""u8):
                Presence++;
                break;
            case 1 when record.StartsWith("{\"type\":1,\"target\":\"SessionStarted\""u8):
                if (record.IndexOf("\"resumed\":true"u8) >= 0) Continued++;
                break;
            case 3 when RecordText.AnsweredCall(record) == RecordText.OpenCall && !RecordText.IsError(record) && !connection.IsOpen:
                connection.IsOpen = true;
                _served.Add(now);
                break;
            case 6:
                break;
            default:
                if (!RecordText.IsHandshakeAnswer(record)) throw RecordText.Unexpected($"{connection.Credential.Id} received", record);
                break;
        }
    }

    public TimeSpan Pump(long now) => TimeSpan.MaxValue;

    public void Tick()
    {
    }

    public bool OnLost(DeviceConnection connection, RunFailedException why)
    {
        if (++Errors == 1) FirstError = why.Message;
        // Neither a device that had been served may be lost, nor may one be refused over and over.
        if (connection.IsOpen || Errors > devices) return false;
        connection.Reopen();
        return true;
    }
}
