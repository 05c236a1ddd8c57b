using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using RooCoord.Application.Devices;

namespace RooCoord.Application.Sessions;

/// <summary>Keeps <c>lastSeenAt</c> of connected devices current: each written every so often, all that are due in few transactions. Opening and closing write it themselves.</summary>
internal sealed partial class LastSeenKeeper(
    DeviceConnections connections, ISessionStore sessions, PresenceOptions options, TimeProvider time, ILogger<LastSeenKeeper> logger) : BackgroundService
{
    private const int MaxBatch = 500;
    private const int LooksPerInterval = 6;

    private readonly TimeSpan _every = TimeSpan.FromSeconds(options.LastSeenSeconds);
    private Dictionary<DeviceConnection, DateTimeOffset> _written = [];

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(_every / LooksPerInterval, time);
        while (await timer.WaitForNextTickAsync(stoppingToken).ConfigureAwait(false))
        {
            try { await LookAsync(time.GetUtcNow()).ConfigureAwait(false); }
            catch (Exception exception) { LogNotWritten(logger, exception); }
        }
    }

    private async Task LookAsync(DateTimeOffset now)
    {
        var written = new Dictionary<DeviceConnection, DateTimeOffset>();
        var due = new List<DeviceConnection>();
        foreach (var connection in connections.All)
        {
            // One seen for the first time was opened, and written, since the last look.
            written[connection] = _written.GetValueOrDefault(connection, now);
            if (written[connection] + _every <= now) due.Add(connection);
        }
        _written = written;
        foreach (var batch in due.Chunk(MaxBatch))
        {
            await sessions.SeenAsync([.. batch.Select(c => c.DeviceKey)], now).ConfigureAwait(false);
            foreach (var connection in batch) written[connection] = now;
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "The time connected devices were last seen was not written; tried again shortly")]
    private static partial void LogNotWritten(ILogger logger, Exception exception);
}
