using Dapper;
using RooCoord.Application.Messages;
using RooCoord.Domain;
using RooCoord.Domain.Messages;

namespace RooCoord.Infrastructure.Sql;

/// <summary>A dead letter to be put into its mailbox again.</summary>
internal sealed class RedriveWork(long userKey, DeliveryId delivery) : Work<RedrivenEntry>
{
    public long UserKey => userKey;
    public DeliveryId Delivery => delivery;
    /// <summary>Once resolved; 0: not the user's, or revoked.</summary>
    public long DeviceKey { get; set; }
}

/// <summary>Puts dead letters back: a new entry takes the old one's place, once.</summary>
internal sealed class MailboxRedrives(BatchContext batch)
{
    public async ValueTask ResolveAsync(RedriveWork work)
    {
        await batch.Transaction.FlushAsync().ConfigureAwait(false);
        work.DeviceKey = await batch.Transaction.Connection.ExecuteScalarAsync<long?>(
            "SELECT device_key FROM device WHERE id = @Device AND user_key = @UserKey AND revoked_at IS NULL", new { work.Delivery.Device, work.UserKey }).ConfigureAwait(false) ?? 0;
    }

    public async ValueTask RunAsync(RedriveWork work)
    {
        try { work.Outcome = await RedriveAsync(work).ConfigureAwait(false); }
        catch (Fault fault) { work.Fault = fault; }
    }

    private async ValueTask<RedrivenEntry> RedriveAsync(RedriveWork work)
    {
        var (device, seq) = (work.DeviceKey, work.Delivery.Seq);
        if (!batch.Mailboxes.TryGetValue(device, out var mailbox) || mailbox.Closed) throw Fault.NotFound("dead letter");
        await batch.Transaction.FlushAsync().ConfigureAwait(false);
        var connection = batch.Transaction.Connection;
        var key = new { device, seq };
        if (await connection.QuerySingleOrDefaultAsync<(long NewSeq, long Attempt)>(
            """
            SELECT r.new_seq, e.attempt FROM redrive r JOIN entry e ON e.device_key = r.device_key AND e.priority IN (0, 1, 2, 3) AND e.seq = r.seq
            WHERE r.device_key = @device AND r.seq = @seq
            """, key).ConfigureAwait(false) is { NewSeq: > 0 } earlier) return new(work.Delivery with { Seq = earlier.NewSeq }, (int)earlier.Attempt + 1);
        if (await connection.QuerySingleOrDefaultAsync<EntryRow>(
            $"""
            {EntryRow.Select}
            WHERE e.device_key = @device AND e.priority IN (0, 1, 2, 3) AND e.seq = @seq AND e.state IN (3, 5) AND e.dismissed_at IS NULL
            """, key).ConfigureAwait(false) is not { } row) throw Fault.NotFound("dead letter");
        var old = row.ToEntry();
        if ((await batch.Transaction.QueryEachAsync(RouteSql.LockMessage(batch.Database), [row.MessageKey]).ConfigureAwait(false))[0] == 0) throw Fault.NotFound("dead letter");
        var message = old.Message with { ExpiresAt = batch.Now.AddMilliseconds(row.ExpiresAt - row.SentAt) };
        if (mailbox.Append(batch.Limits.MailboxEntries) is not { } newSeq) throw RoutePlacement.Full(batch.Limits, 1);
        batch.Changed.Add(device);
        batch.Appended.Add(new(device, new Entry(newSeq, newSeq >> MailboxCursor.EpochShift, message, old.Attempt + 1), batch.Mailboxes[device].Node));
        var expires = message.ExpiresAt.ToUnixTimeMilliseconds();
        await connection.ExecuteAsync(
            """
            INSERT INTO entry (device_key, priority, seq, message_key, state, attempt, failures, receipts, expires_at)
            VALUES (@device, @priority, @newSeq, @Key, 0, @attempt, 0, @receipts, @expires)
            """,
            new { device, priority = (long)message.Priority, newSeq, message.Key, attempt = old.Attempt + 1L, receipts = (long)message.Receipts, expires }).ConfigureAwait(false);
        await connection.ExecuteAsync(
            "UPDATE entry SET dismissed_at = @NowMs WHERE device_key = @device AND priority = @priority AND seq = @seq",
            new { batch.NowMs, device, priority = (long)message.Priority, seq }).ConfigureAwait(false);
        await connection.ExecuteAsync(
            "INSERT INTO redrive (device_key, seq, message_key, new_seq, redriven_at) VALUES (@device, @seq, @Key, @newSeq, @NowMs)",
            new { device, seq, message.Key, newSeq, batch.NowMs }).ConfigureAwait(false);
        await connection.ExecuteAsync(
            "INSERT INTO timer (kind, subject, due_at) VALUES (@Kind, @subject, @expires)",
            new { RedrivenExpiry.Kind, subject = RedrivenExpiry.Subject(device, message.Priority, newSeq), expires }).ConfigureAwait(false);
        return new(work.Delivery with { Seq = newSeq }, old.Attempt + 1);
    }
}
