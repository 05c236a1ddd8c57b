using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using RooCoord.Application;
using RooCoord.Domain;

namespace RooCoord.Api.Operations;

/// <summary><c>/metrics</c> in Prometheus text format 0.0.4, for an admin or the bearer of <c>RooCoord:Metrics:Token</c>.</summary>
internal sealed class Metrics : IDisposable
{
    // Upper bounds in seconds: from a commit on a good disk to one that operators should hear of.
    private static readonly double[] Bounds = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1];

    private readonly MeterListener _listener = new();
    private readonly ConcurrentDictionary<string, Series> _series = new(StringComparer.Ordinal);

    public Metrics(IMeterFactory factory)
    {
        _listener.InstrumentPublished = (instrument, listener) =>
        {
            // Its own meters only: several servers may share a process.
            if (instrument.Meter.Name == "System.Runtime" || (instrument.Meter.Name == RooCoordMeter.Name && instrument.Meter.Scope == factory))
                listener.EnableMeasurementEvents(instrument);
        };
        _listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) => Record(instrument, value, tags));
        _listener.SetMeasurementEventCallback<int>((instrument, value, tags, _) => Record(instrument, value, tags));
        _listener.SetMeasurementEventCallback<double>((instrument, value, tags, _) => Record(instrument, value, tags));
        _listener.Start();
    }

    public static void Map(IEndpointRouteBuilder endpoints, string? token) => endpoints.MapGet("/metrics", (HttpContext http, Metrics metrics) =>
    {
        if (!MayRead(http, token)) throw http.Features.Get<Caller>() is null ? Fault.Unauthorized("a valid bearer token is required") : Fault.Forbidden("this needs an admin or the metrics token");
        return TypedResults.Text(metrics.Render(), "text/plain; version=0.0.4; charset=utf-8");
    }).AllowAnonymous().ExcludeFromDescription();

    private static bool MayRead(HttpContext http, string? token)
    {
        if (http.Features.Get<Caller>() is { IsAdmin: true }) return true;
        return token is { Length: > 0 } && CryptographicOperations.FixedTimeEquals(
            Encoding.UTF8.GetBytes(http.Request.Headers.Authorization.ToString()), Encoding.UTF8.GetBytes($"Bearer {token}"));
    }

    private void Record(Instrument instrument, double value, ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        var name = instrument.Name.Replace('.', '_');
        if (instrument is Counter<long> or ObservableCounter<long> or ObservableCounter<double>) name += "_total";
        var labels = string.Join(',', tags.ToArray().Select(t => $"{t.Key.Replace('.', '_')}=\"{t.Value}\""));
        _series.GetOrAdd($"{name}{{{labels}}}", static (_, of) => new(of.Item1, of.Item2, of.Item3), (name, labels, instrument)).Record(value);
    }

    private string Render()
    {
        _listener.RecordObservableInstruments();
        var text = new StringBuilder();
        foreach (var metric in _series.Values.GroupBy(s => s.Name).OrderBy(g => g.Key, StringComparer.Ordinal))
        {
            text.Append(CultureInfo.InvariantCulture, $"# HELP {metric.Key} {metric.First().Instrument.Description}\n# TYPE {metric.Key} {metric.First().Type}\n");
            foreach (var series in metric) series.Render(text);
        }
        return text.ToString();
    }

    public void Dispose() => _listener.Dispose();

    private sealed class Series(string name, string labels, Instrument instrument)
    {
        private readonly Lock _gate = new();
        private readonly long[] _buckets = new long[Bounds.Length + 1];
        private readonly bool _adds = instrument is Counter<long>;
        private double _value;

        public string Name => name;
        public Instrument Instrument => instrument;
        public string Type => instrument is Histogram<double> ? "histogram" : name.EndsWith("_total", StringComparison.Ordinal) ? "counter" : "gauge";

        public void Record(double value)
        {
            lock (_gate)
            {
                if (instrument is Histogram<double>)
                {
                    var bucket = Array.FindIndex(Bounds, bound => value <= bound);
                    _buckets[bucket < 0 ? Bounds.Length : bucket]++;
                    _value += value;
                }
                else _value = _adds ? _value + value : value;
            }
        }

        public void Render(StringBuilder text)
        {
            lock (_gate)
            {
                if (instrument is not Histogram<double>)
                {
                    text.Append(CultureInfo.InvariantCulture, $"{name}{(labels.Length == 0 ? "" : $"{{{labels}}}")} {_value}\n");
                    return;
                }
                long count = 0;
                for (var i = 0; i <= Bounds.Length; i++)
                {
                    count += _buckets[i];
                    var bound = i < Bounds.Length ? Bounds[i].ToString(CultureInfo.InvariantCulture) : "+Inf";
                    text.Append(CultureInfo.InvariantCulture, $"{name}_bucket{{le=\"{bound}\"}} {count}\n");
                }
                text.Append(CultureInfo.InvariantCulture, $"{name}_sum {_value}\n{name}_count {count}\n");
            }
        }
    }
}
