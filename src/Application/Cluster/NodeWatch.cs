using System.Diagnostics;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using RooCoord.Application.Devices;
using RooCoord.Application.Sessions;

namespace RooCoord.Application.Cluster;

/// <summary>
/// This node's part in the cluster, by the database alone: says that it lives, finds what nobody told it of (messages, newer
/// connections, revocations), clears up after nodes that died. Declared dead itself (it was frozen, or cut off from the database),
/// it lets all its connections go, which may settle nothing any more, and goes on as a new node.
/// </summary>
internal sealed partial class NodeWatch(
    INodeStore nodes, INodeBus bus, OwnNode own, DeviceConnections connections, FenceCheck fences, ConnectionEnding ending, DeviceAnnouncer announcer,
    TimeProvider time, ILogger<NodeWatch> logger) : BackgroundService
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);
    private const int MaxEndings = 16;
    // A look that hangs is given up, so that the next one says that this node lives.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(3);
    // Nine looks; and three left until devices must be offline, 15 s after a crash.
    private static readonly TimeSpan DeadAfter = TimeSpan.FromSeconds(9);

    // Since when this node's own looks have succeeded: before that, others may be silent because the database was.
    private long? _wellSince;
    private Task _clearing = Task.CompletedTask;
    private Task _ending = Task.CompletedTask;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (!bus.IsCluster) return;
        using var timer = new PeriodicTimer(Interval);
        while (await timer.WaitForNextTickAsync(stoppingToken).ConfigureAwait(false))
        {
            using var patience = CancellationTokenSource.CreateLinkedTokenSource(stoppingToken);
            patience.CancelAfter(Patience);
            try
            {
                await LookAsync(patience.Token).ConfigureAwait(false);
                _wellSince ??= Stopwatch.GetTimestamp();
            }
            catch (Exception exception) when (!stoppingToken.IsCancellationRequested)
            {
                if (_wellSince is not null) LogFailed(logger, exception);
                _wellSince = null;
            }
        }
    }

    private async Task LookAsync(CancellationToken cancellationToken)
    {
        if (!await nodes.BeatAsync(own.Key, cancellationToken).ConfigureAwait(false)) await BeginAnewAsync().ConfigureAwait(false);
        // Whoever declared them so.
        foreach (var dead in await nodes.DeadAmongAsync(bus.Known, cancellationToken).ConfigureAwait(false)) bus.Forget(dead);
        if (!bus.IsUp) foreach (var connection in connections.All) connection.Pump.Reread();
        await CheckMailboxesAsync(cancellationToken).ConfigureAwait(false);
        // Not awaited: thousands of devices take longer than this node may be silent itself.
        if (_clearing.IsCompleted && _wellSince is { } since && Stopwatch.GetElapsedTime(since) > DeadAfter) _clearing = ClearUpAsync();
    }

    private async Task BeginAnewAsync()
    {
        var dead = own.Key;
        own.Key = await nodes.RegisterAsync().ConfigureAwait(false);
        LogDeclaredDead(logger, dead, own.Key);
        // Their devices are to come back: what they were sent belongs to newer connections now.
        foreach (var connection in connections.All) _ = ending.LetGoAsync(connection);
    }

    private async Task CheckMailboxesAsync(CancellationToken cancellationToken)
    {
        DeviceConnection[] before = [.. connections.All];
        var held = (await nodes.MailboxesAsync(own.Key, cancellationToken).ConfigureAwait(false)).ToDictionary(m => m.DeviceKey);
        var gone = new List<DeviceConnection>();
        foreach (var connection in before.Where(c => c.IsCurrent))
        {
            if (held.TryGetValue(connection.DeviceKey, out var mailbox) && mailbox.Fence <= connection.Fence) connection.Pump.Reaches(mailbox.Head);
            else gone.Add(connection);
        }
        // Not awaited either: thousands may have moved.
        if (gone.Count > 0 && _ending.IsCompleted) _ending = Parallel.ForEachAsync(gone, new ParallelOptions { MaxDegreeOfParallelism = MaxEndings }, EndAsync);
    }

    private async ValueTask EndAsync(DeviceConnection connection, CancellationToken cancellationToken)
    {
        try
        {
            await fences.CheckAsync(connection, cancellationToken).ConfigureAwait(false);
            // Nobody fenced it off, but the mailbox is not ours: it was opened while this node was declared dead.
            if (connection.IsCurrent) await ending.LetGoAsync(connection).ConfigureAwait(false);
        }
        catch (Exception exception) { LogNotEnded(logger, exception, connection.DeviceId); }
    }

    private async Task ClearUpAsync()
    {
        try
        {
            foreach (var dead in await nodes.DeclareDeadAsync(DeadAfter, CancellationToken.None).ConfigureAwait(false)) await ClearUpAsync(dead).ConfigureAwait(false);
        }
        catch (Exception exception) { LogNotClearedUp(logger, exception); }
    }

    private async Task ClearUpAsync(long dead)
    {
        var count = 0;
        while (await nodes.DisconnectAsync(dead, time.GetUtcNow()).ConfigureAwait(false) is { Count: > 0 } devices)
        {
            count += devices.Count;
            foreach (var device in devices) announcer.Changed(device.UserKey, device.Id);
        }
        await nodes.EndAsync(dead).ConfigureAwait(false);
        LogClearedUp(logger, dead, count);
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "This node could not say that it lives; tried again shortly")]
    private static partial void LogFailed(ILogger logger, Exception exception);

    [LoggerMessage(Level = LogLevel.Warning, Message = "This node was declared dead as node {Dead}; its devices are to reconnect, and it goes on as node {Node}")]
    private static partial void LogDeclaredDead(ILogger logger, long dead, long node);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The connection of device {DeviceId}, which goes on elsewhere, was not ended; tried again shortly")]
    private static partial void LogNotEnded(ILogger logger, Exception exception, string deviceId);

    [LoggerMessage(Level = LogLevel.Warning, Message = "What dead nodes left was not cleared up; tried again shortly")]
    private static partial void LogNotClearedUp(ILogger logger, Exception exception);

    [LoggerMessage(Level = LogLevel.Information, Message = "Node {Dead} is gone; {Count} devices that were connected to it are offline")]
    private static partial void LogClearedUp(ILogger logger, long dead, int count);
}
