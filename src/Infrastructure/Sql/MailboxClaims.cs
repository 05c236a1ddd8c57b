using RooCoord.Application.Messages;
using RooCoord.Domain;
using RooCoord.Domain.Messages;

namespace RooCoord.Infrastructure.Sql;

/// <summary>
/// Offers: exactly one device wins, the others are taken back; the last one declined gives the message up. The route's row
/// is locked after the mailboxes, so that of two nodes one decides after the other.
/// </summary>
internal sealed class MailboxClaims(BatchContext batch, EntryClosings closings)
{
    /// <summary>Finds the offers, whose mailboxes are then to be locked.</summary>
    public async ValueTask ResolveAsync(ClaimWork work) =>
        work.Claimed = await RouteReading.ClaimedAsync(batch.Transaction, work.UserKey, work.MessageId).ConfigureAwait(false);

    public async ValueTask<ClaimResult> ClaimAsync(ClaimWork work)
    {
        var device = work.Holder.DeviceKey;
        if (work.Claimed is not { } claimed || claimed.Offers.LastOrDefault(o => o.Device == device) is not { Seq: > 0 } own)
            throw Fault.NotFound("offer");
        var route = await LockAsync(claimed.Message.Key).ConfigureAwait(false);
        if (route is null) throw Fault.NotFound("offer");
        if (route.Winner is { } winner) return new(winner == device, own.Seq);
        if (!await IsOpenAsync(claimed.Message, own).ConfigureAwait(false)) return new(false, own.Seq);

        await batch.Transaction.ExecuteEachAsync(EntrySql.SetOffer, [(device, claimed.Message.Priority, own.Seq, Offer.Won)]).ConfigureAwait(false);
        batch.Mailboxes[device].Won++;
        batch.Changed.Add(device);
        await batch.Transaction.ExecuteEachAsync(RouteSql.SetWinner, [(claimed.Message.Key, device)]).ConfigureAwait(false);
        await batch.Transaction.ExecuteEachAsync(RouteSql.DeleteTimer, [claimed.Message.Key]).ConfigureAwait(false);
        foreach (var other in claimed.Offers.Where(o => o.Device != device && o.Step == own.Step))
            await WithdrawAsync(other.Device, other.Seq, claimed.Message.Id, "claimed").ConfigureAwait(false);
        return new(true, own.Seq, Open: true);
    }

    /// <summary>Takes an entry back, if it is open.</summary>
    public async ValueTask WithdrawAsync(long device, long seq, string messageId, string reason)
    {
        if (batch.Mailboxes.TryGetValue(device, out var mailbox) && await closings.CloseAsync(device, seq, EntryState.Withdrawn, reason).ConfigureAwait(false) is not null)
            batch.Withdrawn.Add(new(device, seq, messageId, mailbox.Node));
    }

    /// <summary>Declines an open offer.</summary>
    public async ValueTask DeclineAsync(long device, long seq, EntrySql.Found entry)
    {
        if (entry.Offer == Offer.Declined) return;
        var route = await LockAsync(entry.MessageKey).ConfigureAwait(false);
        var routed = await RouteReading.MessageAsync(batch.Transaction, entry.MessageKey).ConfigureAwait(false);
        if (route is null || routed is null || await OthersOpenAsync(device, routed).ConfigureAwait(false))
            await closings.CloseAsync(device, seq, EntryState.Withdrawn, "declined").ConfigureAwait(false);
        else if (route.Step + 1 == routed.Route.Steps.Count || routed.Message.ExpiresAt <= batch.Now)
            await closings.CloseAsync(device, seq, EntryState.Dead, "unclaimed").ConfigureAwait(false);
        else
        {
            // Whether the message is lost to this device alone, or to all, is known once the next step was looked for.
            await batch.Transaction.ExecuteEachAsync(EntrySql.SetOffer, [(device, entry.Priority, seq, Offer.Declined)]).ConfigureAwait(false);
            await batch.Transaction.ExecuteEachAsync(RouteSql.LookNow, [(entry.MessageKey, batch.NowMs)]).ConfigureAwait(false);
            batch.WakeTimers = true;
        }
    }

    private async ValueTask<RouteSql.RouteState?> LockAsync(long messageKey) =>
        (await batch.Transaction.QueryEachAsync(RouteSql.Lock(batch.Database), [messageKey]).ConfigureAwait(false))[0];

    private async ValueTask<bool> IsOpenAsync(Message message, OfferedEntry offer) =>
        (await batch.Transaction.QueryEachAsync(EntrySql.OpenOffer, [(offer.Device, message.Priority, offer.Seq)]).ConfigureAwait(false))[0] != 0;

    private async ValueTask<bool> OthersOpenAsync(long device, RoutedMessage routed)
    {
        (long, Priority, long)[] others = [.. routed.Steps.SelectMany(s => s.Deliveries)
            .Where(d => d.Device != device && d.Seq is not null).Select(d => (d.Device, routed.Message.Priority, d.Seq!.Value))];
        return (await batch.Transaction.QueryEachAsync(EntrySql.OpenOffer, others).ConfigureAwait(false)).Any(seq => seq != 0);
    }
}
