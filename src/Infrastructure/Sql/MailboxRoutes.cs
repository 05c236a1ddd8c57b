using System.Globalization;
using RooCoord.Domain.Messages;

namespace RooCoord.Infrastructure.Sql;

/// <summary>
/// Goes on with routes whose timer is due: the next step begins when its time has come, or when nothing of the step before
/// it is open any more; never once a device of that step has acknowledged, or won. Deciding twice changes nothing.
/// </summary>
internal sealed class MailboxRoutes(BatchContext batch, RoutePlacement placement, MailboxClaims claims, EntryClosings closings)
{
    /// <summary>Reads the message; returns the mailboxes that may be changed, which are then to be locked.</summary>
    public async ValueTask<IEnumerable<long>> ResolveAsync(RouteWork work)
    {
        work.Routed = await RouteReading.MessageAsync(batch.Transaction, work.MessageKey).ConfigureAwait(false);
        if (work.Routed is not { } routed) return [];
        var candidates = await placement.CandidatesAsync(routed.Message.UserKey).ConfigureAwait(false);
        return candidates.Select(d => d.Key).Concat(routed.Steps.SelectMany(s => s.Deliveries).Select(d => d.Device));
    }

    public async ValueTask RunAsync(RouteWork work)
    {
        var key = work.MessageKey;
        await batch.Transaction.QueryEachAsync(RouteSql.LockMessage(batch.Database), [key]).ConfigureAwait(false);
        var state = (await batch.Transaction.QueryEachAsync(RouteSql.Lock(batch.Database), [key]).ConfigureAwait(false))[0];
        // Another node may have gone on with it between reading and locking: its timer brings us back.
        if (work.Routed is { } routed && state is not null && routed.Steps[^1].Index == state.Step)
        {
            var next = (int)state.Step + 1;
            var entries = await EntriesAsync(routed, routed.Steps[^1]).ConfigureAwait(false);
            var over = state.Winner is not null || next == routed.Route.Steps.Count || routed.Message.Body.IsEmpty || entries.Exists(IsAcknowledged);
            if (!over && routed.Message.ExpiresAt > batch.Now)
            {
                var due = state.BegunAt + (long)routed.Route.Steps[next].After.TotalMilliseconds;
                var open = entries.Exists(IsOpen);
                if (open && due > batch.NowMs) await batch.Transaction.ExecuteEachAsync(RouteSql.SetTimer, [(key, due)]).ConfigureAwait(false);
                else await BeginAsync(routed, next, open).ConfigureAwait(false);
                return;
            }
            await GiveUpDeclinedAsync(routed, withdrawn: false).ConfigureAwait(false);
        }
        if (state is null || work.Routed is null || work.Routed.Steps[^1].Index == state.Step)
            await batch.Transaction.ExecuteEachAsync(RouteSql.DeleteTimer, [key]).ConfigureAwait(false);
    }

    private async ValueTask BeginAsync(RoutedMessage routed, int next, bool timePassed)
    {
        var (message, route) = (routed.Message, routed.Route);
        var earlier = routed.Steps.SelectMany(s => s.Deliveries).Select(d => d.Device).ToHashSet();
        var candidates = await placement.CandidatesAsync(message.UserKey).ConfigureAwait(false);
        var begun = placement.Begin(message, route, next, candidates, message.SenderKey, earlier, step => Why(route, step, next, timePassed));
        placement.Note(message, begun);
        var last = begun[^1];
        var stored = last.Deliveries.Any(d => d.Seq is not null);
        // A step that finds nobody takes nothing back: the earlier ones are all the message has.
        if (stored)
        {
            foreach (var (device, seq) in routed.Steps.SelectMany(s => s.Deliveries))
                if (seq is { } at && !await IsDeclinedAsync(device, at).ConfigureAwait(false))
                    await claims.WithdrawAsync(device, at, message.Id, "fallback").ConfigureAwait(false);
        }
        await GiveUpDeclinedAsync(routed, withdrawn: stored).ConfigureAwait(false);
        await batch.Transaction.ExecuteEachAsync(RouteSql.MoveRoute, [(message.Key, (long)last.Index, batch.NowMs)]).ConfigureAwait(false);
        if (last.Index + 1 < route.Steps.Count)
            await batch.Transaction.ExecuteEachAsync(RouteSql.SetTimer, [(message.Key, batch.NowMs + (long)route.Steps[last.Index + 1].After.TotalMilliseconds)]).ConfigureAwait(false);
        else
            await batch.Transaction.ExecuteEachAsync(RouteSql.DeleteTimer, [message.Key]).ConfigureAwait(false);
    }

    private static string Why(Route route, int step, int next, bool timePassed) =>
        step > next ? $", because step {step - 1} found nobody"
        : timePassed ? string.Create(CultureInfo.InvariantCulture, $", after {route.Steps[step].After.TotalSeconds} s")
        : $", because nothing of step {step - 1} was open";

    // The offer declined last waited for what the next step would find.
    private async ValueTask GiveUpDeclinedAsync(RoutedMessage routed, bool withdrawn)
    {
        foreach (var (device, seq) in routed.Steps.SelectMany(s => s.Deliveries))
        {
            if (seq is not { } at || !await IsDeclinedAsync(device, at).ConfigureAwait(false)) continue;
            if (withdrawn) await closings.CloseAsync(device, at, EntryState.Withdrawn, "declined").ConfigureAwait(false);
            else await closings.CloseAsync(device, at, EntryState.Dead, "unclaimed").ConfigureAwait(false);
        }
    }

    private async ValueTask<bool> IsDeclinedAsync(long device, long seq) =>
        (await batch.Transaction.QueryEachAsync(EntrySql.Find, [(device, seq)]).ConfigureAwait(false))[0] is { Offer: Offer.Declined, State: EntryState.OpenExact };

    private async ValueTask<List<(long Device, long Seq, EntrySql.Found Entry)>> EntriesAsync(RoutedMessage routed, StoredStep step)
    {
        (long Device, long Seq)[] stored = [.. step.Deliveries.Where(d => d.Seq is not null).Select(d => (d.Device, d.Seq!.Value))];
        var found = await batch.Transaction.QueryEachAsync(EntrySql.Find, stored).ConfigureAwait(false);
        return [.. stored.Zip(found).Where(e => e.Second is not null).Select(e => (e.First.Device, e.First.Seq, e.Second!))];
    }

    private bool IsPassed((long Device, long Seq, EntrySql.Found Entry) e) =>
        batch.Mailboxes.TryGetValue(e.Device, out var mailbox) && e.Seq <= mailbox.Acknowledged[(int)e.Entry.Priority];

    private bool IsAcknowledged((long Device, long Seq, EntrySql.Found Entry) e) =>
        e.Entry.State == EntryState.Acknowledged || (e.Entry.State == EntryState.Open && IsPassed(e));

    private bool IsOpen((long Device, long Seq, EntrySql.Found Entry) e) =>
        (e.Entry.State == EntryState.Open && !IsPassed(e)) || (e.Entry.State == EntryState.OpenExact && e.Entry.Offer != Offer.Declined);
}
