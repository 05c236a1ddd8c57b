using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using RooCoord.Application.Messages;
using RooCoord.Contracts;
using RooCoord.Domain.Messages;

namespace RooCoord.Application.Sessions;

/// <summary>Looks at every connection of this node a few times a second: tokens that end, sockets that take nothing, flights left untouched, entries that are due again.</summary>
internal sealed partial class ConnectionWatch(
    DeviceConnections connections, ConnectionEnding ending, IMailbox mailbox, IReceiptStore receipts, TimeProvider time, ILogger<ConnectionWatch> logger) : BackgroundService
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan TryAgainAfter = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan SlowAfter = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan TellExpiryBefore = TimeSpan.FromMinutes(5);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Interval, time);
        var again = time.GetUtcNow();
        var closing = Task.CompletedTask;
        while (await timer.WaitForNextTickAsync(stoppingToken).ConfigureAwait(false))
        {
            var now = time.GetUtcNow();
            if (again <= now && closing.IsCompleted) (again, closing) = (now + TryAgainAfter, ending.TryAgainAsync());
            foreach (var connection in connections.All)
            {
                try { Look(connection, now); }
                catch (Exception exception) { LogFailed(logger, exception, connection.DeviceId); }
            }
        }
    }

    private void Look(DeviceConnection connection, DateTimeOffset now)
    {
        if (connection.ExpiresAt <= now) Run(connection, ending.EndAsync(connection, SessionEndReasons.Expired));
        else if (connection.Pump.WritingSince + SlowAfter <= now) Run(connection, ending.EndAsync(connection, SessionEndReasons.Slow));
        else
        {
            if (connection.ExpiresAt - TellExpiryBefore <= now && connection.TryTellExpiry())
                Run(connection, connection.Link.TokenExpiringAsync(connection.ExpiresAt));
            if (connection.Pump.TakeForgettable(now) is { Count: > 0 } told) Run(connection, receipts.ForgetAsync(told));
            if (connection.Pump.Tick(now) is { Count: > 0 } untouched) Run(connection, RedeliverAsync(connection, untouched));
        }
    }

    private async Task RedeliverAsync(DeviceConnection connection, IReadOnlyList<Entry> untouched)
    {
        var settled = await mailbox.ReturnAsync(connection.Holder, FlightReturn.Of(untouched)!, connectionEnded: false).ConfigureAwait(false);
        foreach (var entry in untouched.Where(e => settled.Contains(e.Seq))) connection.Pump.Removed(entry.Seq, time.GetUtcNow(), entry.Attempt);
        connection.Pump.Redeliver(untouched);
    }

    // Not awaited: one connection that hangs must not hold up the look at the others.
    private void Run(DeviceConnection connection, Task task) => _ = task.ContinueWith(
        t => LogFailed(logger, t.Exception!, connection.DeviceId), CancellationToken.None, TaskContinuationOptions.OnlyOnFaulted, TaskScheduler.Default);

    [LoggerMessage(Level = LogLevel.Warning, Message = "A look at the connection of device {DeviceId} failed")]
    private static partial void LogFailed(ILogger logger, Exception exception, string deviceId);
}
