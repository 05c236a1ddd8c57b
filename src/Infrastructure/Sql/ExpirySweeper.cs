using System.Collections.Concurrent;
using System.Diagnostics;
using Dapper;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using RooCoord.Application.Cluster;
using RooCoord.Application.Messages;

namespace RooCoord.Infrastructure.Sql;

/// <summary>
/// Closes entries whose TTL passed while they were not in flight: after a start, or when the clock was set back, all that are open
/// and past it, then messages in the order of their expiry. One node does it, and leaves entries of devices that others hold to those:
/// they know what is in flight.
/// </summary>
internal sealed partial class ExpirySweeper(
    Database database, GroupCommit commit, IMailboxSignal signal, INodeBus bus, OwnNode own, Leases leases, TimerWake timers, TimeProvider time,
    ILogger<ExpirySweeper> logger) : BackgroundService, IEntryExpiry
{
    private const int MaxMessages = 200;
    private const int MaxEntries = 1_000;
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(500);

    private static readonly TimeSpan AskAgainAfter = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan SweepOpenAgainAfter = TimeSpan.FromMinutes(5);

    private readonly Leadership _leadership = new("expiry", leases, bus);
    private readonly ConcurrentQueue<ExpiringEntry> _asked = [];
    private (long At, long Key) _reached;
    // In flight when their time came: looked at again until they are not.
    private HashSet<ExpiringEntry> _inFlight = [];
    // Left to other nodes: asked for again until they are closed.
    private HashSet<ExpiringEntry> _elsewhere = [];
    private long _askedAt, _sweptOpenAt;
    private bool _leads;

    public void Close(IReadOnlyList<DueEntry> entries)
    {
        foreach (var entry in entries) _asked.Enqueue(new(entry.DeviceKey, entry.Priority, entry.Seq));
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Interval, time);
        await LookAsync(stoppingToken).ConfigureAwait(false);
        while (await timer.WaitForNextTickAsync(stoppingToken).ConfigureAwait(false))
        {
            await LookAsync(stoppingToken).ConfigureAwait(false);
        }
    }

    private async Task LookAsync(CancellationToken cancellationToken)
    {
        try
        {
            await CloseAskedAsync().ConfigureAwait(false);
            var led = _leads;
            _leads = await _leadership.IsOursAsync().ConfigureAwait(false);
            if (!_leads) return;
            // The clock was set back, and since then messages may have ended before the time already reached.
            var isBack = time.GetUtcNow().ToUnixTimeMilliseconds() < _reached.At;
            // Another node may have committed, late, what expires before the time already reached.
            var isLate = bus.IsCluster && Stopwatch.GetElapsedTime(_sweptOpenAt) > SweepOpenAgainAfter;
            if (!led || isBack || isLate) await SweepOpenAsync(cancellationToken).ConfigureAwait(false);
            while (await SweepAsync(time.GetUtcNow().ToUnixTimeMilliseconds()).ConfigureAwait(false)) cancellationToken.ThrowIfCancellationRequested();
        }
        catch (Exception exception) when (exception is not OperationCanceledException)
        {
            LogFailed(logger, exception);
        }
    }

    /// <summary>Closes what was asked for. Those in flight are asked for again.</summary>
    internal async Task CloseAskedAsync()
    {
        while (!_asked.IsEmpty)
        {
            var due = new List<ExpiringEntry>();
            while (due.Count < MaxEntries && _asked.TryDequeue(out var entry)) due.Add(entry);
            var now = time.GetUtcNow().ToUnixTimeMilliseconds();
            var (closed, receipts) = await commit.RunAloneAsync(async transaction =>
            {
                var nodes = await ExpiringEntry.LockAsync(transaction, due, database).ConfigureAwait(false);
                // A device that has moved on meanwhile is asked for there.
                return await ExpiringEntry.CloseAsync(
                    transaction, [.. due.Where(e => nodes[e.Device] == own.Key && signal.InFlightSince(e.Device, e.Seq) is null)], now).ConfigureAwait(false);
            }).ConfigureAwait(false);
            if (receipts.Count > 0) signal.Receipts(receipts);
            if (closed > 0) timers.Wake();
        }
    }

    // What was in flight, or due, when the process before this one ended. As many reads as there are mailboxes with something open.
    private async Task SweepOpenAsync(CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow().ToUnixTimeMilliseconds();
        try
        {
            (_reached, _sweptOpenAt) = ((now, 0), Stopwatch.GetTimestamp());
            await using var connection = await database.OpenAsync(cancellationToken).ConfigureAwait(false);
            foreach (var device in (await connection.QueryAsync<long>("SELECT device_key FROM mailbox WHERE open_entries > 0").ConfigureAwait(false)).AsList())
            {
                cancellationToken.ThrowIfCancellationRequested();
                var due = (await connection.QueryAsync<(long Priority, long Seq)>(ExpiringEntry.SelectOpen, new { device, now }).ConfigureAwait(false)).AsList();
                foreach (var part in due.Chunk(MaxEntries))
                {
                    _inFlight.UnionWith(part.Select(e => new ExpiringEntry(device, e.Priority, e.Seq)));
                    await SweepAsync(now).ConfigureAwait(false);
                }
            }
        }
        catch (Exception exception) when (exception is not OperationCanceledException)
        {
            // From the beginning then, message by message.
            _reached = default;
            LogFailed(logger, exception);
        }
    }

    /// <summary>One small transaction; true when there may be more.</summary>
    private async Task<bool> SweepAsync(long now)
    {
        var swept = await commit.RunAloneAsync(transaction => SweepAsync(transaction, now)).ConfigureAwait(false);
        (_reached, _inFlight, _elsewhere) = (swept.Reached, swept.InFlight, swept.Elsewhere);
        if (swept.AskedAt is { } at) _askedAt = at;
        foreach (var node in swept.Ask.GroupBy(e => e.Node))
            bus.Post(node.Key, new EntriesDue([.. node.Select(e => new DueEntry(e.Entry.Device, e.Entry.Priority, e.Entry.Seq))]));
        if (swept.Receipts.Count > 0) signal.Receipts(swept.Receipts);
        if (swept.Closed) timers.Wake();
        return swept.More;
    }

    private async Task<Swept> SweepAsync(ISqlTransaction transaction, long now)
    {
        var from = _reached;
        var messages = (await transaction.Connection.QueryAsync<(long Key, long ExpiresAt, long Priority, string Deliveries, string Later)>(
            """
            SELECT message_key, expires_at, priority, deliveries,
                   COALESCE((SELECT string_agg(s.deliveries, ' ') FROM route_step s WHERE s.message_key = message.message_key AND s.at_send = 0), '')
            FROM message
            WHERE expires_at <= @now AND expires_at >= @At AND (expires_at > @At OR message_key > @Key)
            ORDER BY expires_at, message_key LIMIT @MaxMessages
            """, new { now, from.At, from.Key, MaxMessages }).ConfigureAwait(false)).AsList();
        var due = new List<ExpiringEntry>(_inFlight);
        var asksAgain = _elsewhere.Count > 0 && Stopwatch.GetElapsedTime(_askedAt) > AskAgainAfter;
        if (asksAgain) due.AddRange(_elsewhere);
        var (reached, taken) = (from, 0);
        foreach (var message in messages)
        {
            if (due.Count >= MaxEntries) break;
            due.AddRange(DeliveryList.Parse($"{message.Deliveries} {message.Later}").Where(d => d.Seq is not null)
                .Select(d => new ExpiringEntry(d.Device, message.Priority, d.Seq!.Value)));
            reached = (message.ExpiresAt, message.Key);
            taken++;
        }
        due = await ExpiringEntry.OpenAsync(transaction, due).ConfigureAwait(false);
        var nodes = await ExpiringEntry.LockAsync(transaction, due, database).ConfigureAwait(false);
        var inFlight = due.Where(e => signal.InFlightSince(e.Device, e.Seq) is not null).ToHashSet();
        due.RemoveAll(inFlight.Contains);
        var ask = bus.IsCluster ? ExpiringEntry.Elsewhere(due, nodes, own.Key) : [];
        var elsewhere = ask.Select(e => e.Entry).ToHashSet();
        var (closed, receipts) = await ExpiringEntry.CloseAsync(transaction, [.. due.Where(e => !elsewhere.Contains(e))], now).ConfigureAwait(false);
        if (!asksAgain) elsewhere.UnionWith(_elsewhere);
        return new(
            reached, inFlight, elsewhere, ask, asksAgain || _elsewhere.Count == 0 ? Stopwatch.GetTimestamp() : null, receipts, closed > 0,
            taken > 0 && (taken < messages.Count || messages.Count == MaxMessages));
    }

    private sealed record Swept(
        (long At, long Key) Reached, HashSet<ExpiringEntry> InFlight, HashSet<ExpiringEntry> Elsewhere, IReadOnlyList<(ExpiringEntry Entry, long Node)> Ask, long? AskedAt,
        IReadOnlyList<ReceiptFor> Receipts, bool Closed, bool More);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Expired messages were not swept; tried again shortly")]
    private static partial void LogFailed(ILogger logger, Exception exception);
}
