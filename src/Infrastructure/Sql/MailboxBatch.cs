using RooCoord.Domain.Messages;

namespace RooCoord.Infrastructure.Sql;

/// <summary>
/// The mailbox work of one transaction: settlements first, in order, then routes that go on, then appends, in order. Mailbox
/// rows are locked in the order of their keys, so that the batches of two nodes cannot wait for each other, and written once.
/// </summary>
internal sealed class MailboxBatch
{
    private readonly BatchContext _batch;
    private readonly EntryClosings _closings;
    private readonly MailboxClaims _claims;
    private readonly RoutePlacement _placement;
    private readonly MailboxAppends _appends;
    private readonly MailboxRoutes _routes;
    private readonly MailboxRedrives _redrives;

    public MailboxBatch(BatchContext batch)
    {
        _batch = batch;
        _closings = new(batch);
        _claims = new(batch, _closings);
        _placement = new(batch);
        _appends = new(batch, _placement);
        _routes = new(batch, _placement, _claims, _closings);
        _redrives = new(batch);
    }

    public async ValueTask RunAsync(List<Work> works)
    {
        List<AppendWork> appends = [];
        List<ISettleWork> settles = [];
        List<RouteWork> routes = [];
        List<RedriveWork> redrives = [];
        var keys = new SortedSet<long>();
        foreach (var work in works)
        {
            if (work is AppendWork append) appends.Add(append);
            else if (work is ISettleWork settle) settles.Add(settle);
            else if (work is RouteWork route) routes.Add(route);
            else if (work is RedriveWork redrive) redrives.Add(redrive);
            else if (work is ITransactionWork { Mailbox: { } locked } && _batch.Database.ForUpdate.Length > 0) keys.Add(locked);
        }
        if (appends.Count + settles.Count + routes.Count + redrives.Count == 0)
        {
            // A single one is locked by its work's first statement.
            if (keys.Count > 1) await LoadAsync(keys).ConfigureAwait(false);
            return;
        }

        await ResolveAsync(keys, appends, settles, routes, redrives).ConfigureAwait(false);
        await LoadAsync(keys).ConfigureAwait(false);
        if (settles.Count > 0) await new MailboxSettlements(_batch, _closings, _claims).RunAsync(settles).ConfigureAwait(false);
        foreach (var route in routes) await _routes.RunAsync(route).ConfigureAwait(false);
        foreach (var redrive in redrives) await _redrives.RunAsync(redrive).ConfigureAwait(false);
        if (appends.Count > 0) await _appends.RunAsync(appends).ConfigureAwait(false);
        await _placement.FlushAsync().ConfigureAwait(false);
        await _closings.FlushAsync().ConfigureAwait(false);
        await _batch.Transaction.ExecuteEachAsync(Save, [.. _batch.Changed.Order().Select(key => (key, _batch.Mailboxes[key]))]).ConfigureAwait(false);
    }

    // What each work will touch is read first, so that all locks are taken in one order.
    private async ValueTask ResolveAsync(
        SortedSet<long> keys, List<AppendWork> appends, List<ISettleWork> settles, List<RouteWork> routes, List<RedriveWork> redrives)
    {
        await _appends.ResolveAsync(appends).ConfigureAwait(false);
        foreach (var append in appends)
        {
            foreach (var device in append.Devices) keys.Add(device.Key);
            foreach (var device in append.Candidates) keys.Add(device.Key);
        }
        foreach (var settle in settles)
        {
            keys.Add(settle.Holder.DeviceKey);
            if (settle is not ClaimWork claim) continue;
            await _claims.ResolveAsync(claim).ConfigureAwait(false);
            foreach (var offer in claim.Claimed?.Offers ?? []) keys.Add(offer.Device);
        }
        foreach (var route in routes) keys.UnionWith(await _routes.ResolveAsync(route).ConfigureAwait(false));
        foreach (var redrive in redrives)
        {
            await _redrives.ResolveAsync(redrive).ConfigureAwait(false);
            keys.Add(redrive.DeviceKey);
        }
    }

    private async ValueTask LoadAsync(SortedSet<long> keys)
    {
        long[] ordered = [.. keys];
        var rows = await _batch.Transaction.QueryEachAsync(SelectOf(_batch.Database.ForUpdate), ordered).ConfigureAwait(false);
        for (var i = 0; i < rows.Length; i++)
            if (rows[i] is { } row) _batch.Mailboxes.Add(ordered[i], row);
    }

    private static SqlQuery<long, MailboxCursor> SelectOf(string forUpdate) => forUpdate.Length == 0 ? Select : SelectForUpdate;

    private const string SelectSql = """
        SELECT head, open_entries, fence, closed, won, acked_low, acked_normal, acked_high, acked_critical, node
        FROM mailbox WHERE device_key = $1
        """;

    private static readonly SqlQuery<long, MailboxCursor> Select = new(SelectSql, static (p, key) => p.Add(key), Read);
    private static readonly SqlQuery<long, MailboxCursor> SelectForUpdate = new(SelectSql + " FOR UPDATE", static (p, key) => p.Add(key), Read);

    private static MailboxCursor Read(ISqlRow row)
    {
        var cursor = new MailboxCursor { Head = row.GetInt64(0), Open = row.GetInt64(1), Fence = row.GetInt64(2), Closed = row.GetInt64(3) != 0, Won = row.GetInt64(4), Node = row.GetInt64(9) };
        for (var p = 0; p < 4; p++) cursor.Acknowledged[p] = row.GetInt64(5 + p);
        return cursor;
    }

    private static readonly SqlStatement<(long Key, MailboxCursor Cursor)> Save = new(
        """
        UPDATE mailbox SET head = $1, open_entries = $2, acked_low = $3, acked_normal = $4, acked_high = $5, acked_critical = $6, won = $7
        WHERE device_key = $8
        """,
        static (p, row) =>
        {
            p.Add(row.Cursor.Head);
            p.Add(row.Cursor.Open);
            foreach (var acknowledged in row.Cursor.Acknowledged) p.Add(acknowledged);
            p.Add(row.Cursor.Won);
            p.Add(row.Key);
        },
        """
        UPDATE mailbox SET head = q.head, open_entries = q.open, acked_low = q.low, acked_normal = q.normal, acked_high = q.high, acked_critical = q.critical, won = q.won
        FROM unnest($1, $2, $3, $4, $5, $6, $7, $8) q (head, open, low, normal, high, critical, won, key)
        WHERE device_key = q.key
        """);
}
