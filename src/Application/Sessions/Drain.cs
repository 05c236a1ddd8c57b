using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace RooCoord.Application.Sessions;

/// <summary>
/// The first thing a stopping server does, while all else still runs: tells every device, sends nothing more, and closes
/// each connection once nothing is in flight on it, with leave to reconnect. Ends as soon as all are gone.
/// </summary>
public sealed partial class Drain(DeviceConnections connections, DrainOptions options, TimeProvider time, ILogger<Drain> logger) : IHostedLifecycleService
{
    private static readonly TimeSpan LookEvery = TimeSpan.FromMilliseconds(25);
    // For what an app has to say when it hears of it.
    private static readonly TimeSpan LastWord = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan LastCalls = TimeSpan.FromSeconds(1);
    // Idle clients that reconnect by themselves come a few milliseconds apart, not all at once.
    private const int ClosingsApartMilliseconds = 10;

    private readonly Dictionary<DeviceConnection, DateTimeOffset> _leaving = [];
    private readonly HashSet<DeviceConnection> _closing = [];
    private readonly CancellationTokenSource _ended = new();
    private volatile bool _begun, _hurried;

    /// <summary>Whether the server is stopping: it is not ready, and takes no new connections.</summary>
    public bool Begun => _begun;

    /// <summary>Whether it was told to hurry.</summary>
    public bool Hurried => _hurried;

    /// <summary>Cancelled after the seconds that what is in flight has to finish: requests that still receive then keep what they have and end.</summary>
    public CancellationToken Ended => _ended.Token;

    /// <summary>Waits for nothing more.</summary>
    public void Hurry()
    {
        _hurried = true;
        // Not here: what is cancelled may go on in this call.
        _ = _ended.CancelAsync();
    }

    /// <summary>Drains.</summary>
    public async Task StoppingAsync(CancellationToken cancellationToken)
    {
        _begun = true;
        _ended.CancelAfter(TimeSpan.FromSeconds(options.Seconds));
        if (options.Seconds > 0 && connections.Count > 0) await DrainAsync(cancellationToken).ConfigureAwait(false);
    }

    private async Task DrainAsync(CancellationToken cancellationToken)
    {
        LogBegun(logger, connections.Count, options.Seconds);
        var deadline = time.GetUtcNow().AddSeconds(options.Seconds);
        using var timer = new PeriodicTimer(LookEvery, time);
        try
        {
            do
            {
                if (_hurried && deadline > time.GetUtcNow()) deadline = time.GetUtcNow();
                Look(time.GetUtcNow(), deadline);
            }
            while (connections.Count > 0 && time.GetUtcNow() < deadline + 2 * LastCalls && await timer.WaitForNextTickAsync(cancellationToken).ConfigureAwait(false));
        }
        catch (OperationCanceledException) { /* Out of time: the rest is cut. */ }
        LogEnded(logger, connections.Count);
    }

    private void Look(DateTimeOffset now, DateTimeOffset deadline)
    {
        // Connections that were being opened when it began are met here later.
        foreach (var connection in connections.All)
        {
            var inFlight = connection.Pump.HoldBack();
            if (!_leaving.TryGetValue(connection, out var notBefore)) _leaving[connection] = notBefore = now + Tell(connection);
            if (now < deadline && (inFlight || now < notBefore)) continue;
            if (!_closing.Add(connection)) continue;
            var left = deadline - now;
            Run(connection, connection.Link.CloseAsync(left > LastCalls ? left : LastCalls));
        }
    }

    // Returns how long the connection stays at least.
    private TimeSpan Tell(DeviceConnection connection)
    {
        Run(connection, connection.Link.DrainingAsync(Random.Shared.Next(options.SpreadMilliseconds + 1)));
        var apart = (int)Math.Min(options.SpreadMilliseconds, (long)connections.Count * ClosingsApartMilliseconds);
        return LastWord + TimeSpan.FromMilliseconds(Random.Shared.Next(apart + 1));
    }

    // Not awaited: one connection that hangs must not hold up the others.
    private void Run(DeviceConnection connection, Task task) => _ = task.ContinueWith(
        t => LogFailed(logger, t.Exception!, connection.DeviceId), CancellationToken.None, TaskContinuationOptions.OnlyOnFaulted, TaskScheduler.Default);

    /// <inheritdoc/>
    public Task StartingAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    /// <inheritdoc/>
    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    /// <inheritdoc/>
    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    /// <inheritdoc/>
    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    /// <inheritdoc/>
    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    [LoggerMessage(Level = LogLevel.Information, Message = "Draining {Count} connections, for at most {Seconds} s")]
    private static partial void LogBegun(ILogger logger, int count, double seconds);

    [LoggerMessage(Level = LogLevel.Information, Message = "Drained; {Count} connections are left to be cut")]
    private static partial void LogEnded(ILogger logger, int count);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The connection of device {DeviceId} could not be drained")]
    private static partial void LogFailed(ILogger logger, Exception exception, string deviceId);
}
