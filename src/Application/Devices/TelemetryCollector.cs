using System.Collections.Concurrent;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using RooCoord.Application.Sessions;

namespace RooCoord.Application.Devices;

/// <summary>Holds the last report of each device until its next write: many devices in one transaction, each once. What the database does not take stays until it does.</summary>
internal sealed partial class TelemetryCollector(
    IDeviceStore devices, DeviceAnnouncer announcer, PresenceOptions options, TimeProvider time, ILogger<TelemetryCollector> logger) : BackgroundService
{
    // Small enough that a send waiting behind it does not notice.
    private const int MaxBatch = 500;

    private readonly ConcurrentDictionary<long, Waiting> _waiting = [];

    /// <summary>Takes a device's report in place of the one before.</summary>
    public void Add(DeviceConnection connection, string report) => _waiting[connection.DeviceKey] = new(connection.UserKey, connection.DeviceId, report);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(TimeSpan.FromSeconds(options.ReportSeconds), time);
        while (await timer.WaitForNextTickAsync(stoppingToken).ConfigureAwait(false)) await WriteAsync().ConfigureAwait(false);
    }

    /// <summary>The last connection has closed: what it reported is still written.</summary>
    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await base.StopAsync(cancellationToken).ConfigureAwait(false);
        await WriteAsync().ConfigureAwait(false);
    }

    private async Task WriteAsync()
    {
        foreach (var batch in _waiting.ToArray().Chunk(MaxBatch))
        {
            try
            {
                await devices.SaveTelemetryAsync([.. batch.Select(w => new DeviceReport(w.Key, w.Value.Report))]).ConfigureAwait(false);
            }
            catch (Exception exception)
            {
                LogNotWritten(logger, exception, batch.Length);
                return;
            }
            foreach (var written in batch)
            {
                // Removed only as it was written: a newer report stays for the next time.
                _waiting.TryRemove(written);
                announcer.Changed(written.Value.UserKey, written.Value.DeviceId);
            }
        }
    }

    private sealed record Waiting(long UserKey, string DeviceId, string Report);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Reports of {Count} devices were not written; tried again shortly")]
    private static partial void LogNotWritten(ILogger logger, Exception exception, int count);
}
