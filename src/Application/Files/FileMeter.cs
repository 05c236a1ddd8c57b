using System.Diagnostics.Metrics;

namespace RooCoord.Application.Files;

/// <summary>What is counted of uploads and blobs, on the meter <see cref="RooCoordMeter.Name"/>.</summary>
internal sealed class FileMeter : IDisposable
{
    private readonly Meter _meter;
    private readonly Counter<long> _received, _completed, _failed, _scrubbed, _deleted;
    private long _open, _damaged;

    public FileMeter(IMeterFactory factory)
    {
        _meter = factory.Create(RooCoordMeter.Name);
        _received = _meter.CreateCounter<long>("roocoord.upload.bytes", description: "Bytes of uploads committed by this node");
        _completed = _meter.CreateCounter<long>("roocoord.uploads.completed", description: "Uploads completed by this node");
        _failed = _meter.CreateCounter<long>("roocoord.uploads.failed", description: "Uploads refused after their bytes were looked at");
        _scrubbed = _meter.CreateCounter<long>("roocoord.scrub.bytes", description: "Bytes re-hashed by this node");
        _deleted = _meter.CreateCounter<long>("roocoord.blobs.deleted", description: "Blobs deleted by this node's sweepers");
        _meter.CreateObservableGauge("roocoord.uploads.open", () => Volatile.Read(ref _open), description: "Unfinished uploads this node received bytes of in the last minutes");
        _meter.CreateObservableGauge("roocoord.blobs.damaged", () => Volatile.Read(ref _damaged), description: "Versions whose bytes are not what they were");
    }

    public void Received(long bytes) => _received.Add(bytes);

    public void Opened(int more) => Interlocked.Add(ref _open, more);

    public void Completed() => _completed.Add(1);

    public void Failed() => _failed.Add(1);

    public void Scrubbed(long bytes) => _scrubbed.Add(bytes);

    public void Deleted() => _deleted.Add(1);

    public void SetDamaged(long versions) => Volatile.Write(ref _damaged, versions);

    public void Dispose() => _meter.Dispose();
}
