using System.Diagnostics.Metrics;
using RooCoord.Application.Sessions;

namespace RooCoord.Application;

/// <summary>The product's one <see cref="Meter"/>; everything it counts appears under <c>/metrics</c>.</summary>
public sealed class RooCoordMeter : IDisposable
{
    /// <summary>Name of the meter.</summary>
    public const string Name = "RooCoord";

    private readonly Meter _meter;
    private readonly Counter<long> _works;
    private readonly Histogram<double> _commitDuration;
    private readonly Counter<long> _delivered;

    /// <summary>Creates the instruments.</summary>
    public RooCoordMeter(IMeterFactory factory, DeviceConnections connections)
    {
        _meter = factory.Create(Name);
        _works = _meter.CreateCounter<long>("roocoord.commit.works", description: "Sends, acknowledgements and other writes committed");
        _commitDuration = _meter.CreateHistogram<double>("roocoord.commit.duration", "s", "Duration of a group commit");
        _delivered = _meter.CreateCounter<long>("roocoord.messages.delivered", description: "Envelopes written to devices");
        _meter.CreateObservableGauge("roocoord.connections", () => connections.Count, description: "Connected devices on this node");
    }

    /// <summary>A batch was committed.</summary>
    public void Committed(int works, TimeSpan duration)
    {
        _works.Add(works);
        _commitDuration.Record(duration.TotalSeconds);
    }

    /// <summary>Envelopes were written.</summary>
    public void Delivered(int envelopes) => _delivered.Add(envelopes);

    /// <inheritdoc/>
    public void Dispose() => _meter.Dispose();
}
