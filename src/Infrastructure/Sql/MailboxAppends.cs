using RooCoord.Application.Messages;
using RooCoord.Domain;
using RooCoord.Domain.Messages;

namespace RooCoord.Infrastructure.Sql;

/// <summary>Appends of one batch: who they go to, which of them repeat an earlier message, and their rows.</summary>
internal sealed class MailboxAppends(BatchContext batch, RoutePlacement placement)
{
    private readonly List<(Message Message, string Deliveries)> _messages = [];
    private StoredMessage?[] _earlier = [];

    /// <summary>Finds the devices of each work, and what the next query brings of earlier messages; a work that names an unknown device gets its fault.</summary>
    public async ValueTask ResolveAsync(List<AppendWork> works)
    {
        await RememberAsync(works).ConfigureAwait(false);
        foreach (var work in works)
        {
            try
            {
                if (work.Route.IsPlain) work.Devices = Named(work);
                else work.Candidates = await placement.CandidatesAsync(work).ConfigureAwait(false);
            }
            catch (Fault fault) { work.Fault = fault; }
        }
        _earlier = batch.Transaction.QueryWithNext(SelectMessage, works);
    }

    private TargetDevice[] Named(AppendWork work)
    {
        var named = work.Route.Steps[0].Target.Devices;
        var devices = new TargetDevice[named.Count];
        for (var i = 0; i < devices.Length; i++)
        {
            devices[i] = batch.Memory.Find(named[i]) is { } keys && keys.User == work.Message.UserKey ? new(keys.Device, named[i]) : throw Fault.NotFound("device");
        }
        return devices;
    }

    private async ValueTask RememberAsync(List<AppendWork> works)
    {
        var memory = batch.Memory;
        memory.MakeRoom();
        HashSet<string>? unknown = null;
        foreach (var work in works)
            if (work.Route.IsPlain)
                foreach (var id in work.Route.Steps[0].Target.Devices)
                    if (memory.Find(id) is null) (unknown ??= new(StringComparer.Ordinal)).Add(id);
        if (unknown is null) return;
        string[] ids = [.. unknown];
        var found = await batch.Transaction.QueryEachAsync(SelectDevice, ids).ConfigureAwait(false);
        for (var i = 0; i < ids.Length; i++)
            if (found[i] is { Device: not 0 } keys) memory.Add(ids[i], keys);
    }

    /// <summary>Stores every work that is neither at fault nor a repeat.</summary>
    public async ValueTask RunAsync(List<AppendWork> works)
    {
        var inBatch = new Dictionary<(long, string), AppendWork>();
        for (var i = 0; i < works.Count; i++)
        {
            var work = works[i];
            try
            {
                if (_earlier[i] is { } stored) work.Outcome = await RepeatAsync(work, stored).ConfigureAwait(false);
                else if (inBatch.TryGetValue((work.Message.UserKey, work.Message.Id), out var first)) work.Outcome = Repeat(work, first);
                else if (work.Fault is null)
                {
                    // The sweeper has passed this time already.
                    if (work.Message.ExpiresAt <= batch.Now) throw new Fault(FaultCode.Expired, "the message's time was over before it could be committed");
                    var placed = work.Route.IsPlain ? Place(work) : placement.Place(work);
                    work.Outcome = placed.Result;
                    _messages.Add((work.Message, placed.Deliveries));
                    inBatch.Add((work.Message.UserKey, work.Message.Id), work);
                }
            }
            catch (Fault fault) { work.Fault = fault; }
        }
        await batch.Memory.AssignKeysAsync(batch.Transaction, _messages.Select(m => m.Message)).ConfigureAwait(false);
        await batch.Transaction.ExecuteEachAsync(InsertMessage, _messages).ConfigureAwait(false);
    }

    // Gives the message its seqs; null for a device whose mailbox is full. Faults change nothing.
    private Placed Place(AppendWork work)
    {
        foreach (var device in work.Devices)
            if (!batch.Mailboxes.TryGetValue(device.Key, out var mailbox) || mailbox.Closed) throw Fault.NotFound("device");
        var deliveries = new AppendedDelivery[work.Devices.Count];
        var keys = new (long, long?)[deliveries.Length];
        var stored = false;
        for (var i = 0; i < deliveries.Length; i++)
        {
            var device = work.Devices[i];
            var seq = placement.Append(device.Key, device.Id, work.Message, Offer.None);
            deliveries[i] = new(device.Id, seq);
            keys[i] = (device.Key, seq);
            stored |= seq is not null;
        }
        return stored
            ? new(new(false, deliveries), DeliveryList.Write(keys))
            : throw RoutePlacement.Full(batch.Limits, deliveries.Length);
    }

    private static AppendResult Repeat(AppendWork work, AppendWork first)
    {
        if (first.Message.Digest != work.Message.Digest) throw OtherContent();
        return first.Outcome! with { Duplicate = true };
    }

    // A repeat stands even when a device it named is gone by now: the first answer is the answer.
    private async ValueTask<AppendResult> RepeatAsync(AppendWork work, StoredMessage stored)
    {
        work.Fault = null;
        if (stored.Digest != work.Message.Digest) throw OtherContent();
        var deliveries = DeliveryList.Parse(stored.Deliveries);
        var ids = await batch.Transaction.QueryEachAsync(SelectDeviceId, [.. deliveries.Select(d => d.Device)]).ConfigureAwait(false);
        AppendedDelivery[] appended = [.. deliveries.Select((d, i) => new AppendedDelivery(ids[i]!, d.Seq))];
        if (work.Route.IsPlain) return new(true, appended);
        var steps = await RouteReading.StepsAsync(batch.Transaction, stored.Key, atSendOnly: true).ConfigureAwait(false);
        // 0.1 kept no steps.
        return new(true, appended, steps.Count > 0 ? steps : [new(0, appended.Length, [.. appended.Select(d => d.DeviceId)], "all")]);
    }

    private static Fault OtherContent() => Fault.Conflict("this id was sent before with other content");

    private sealed record StoredMessage(long Digest, string Deliveries, long Key);

    private static readonly SqlQuery<string, DeviceKeys> SelectDevice = new(
        "SELECT device_key, user_key FROM device WHERE id = $1", static (p, id) => p.Add(id), static r => new(r.GetInt64(0), r.GetInt64(1)));

    internal static readonly SqlQuery<long, string> SelectDeviceId = new(
        "SELECT id FROM device WHERE device_key = $1", static (p, key) => p.Add(key), static r => r.GetString(0));

    private static readonly SqlQuery<AppendWork, StoredMessage> SelectMessage = new(
        "SELECT digest, deliveries, message_key FROM message WHERE id = $1 AND user_key = $2",
        static (p, work) =>
        {
            p.Add(work.Message.Id);
            p.Add(work.Message.UserKey);
        },
        static r => new(r.GetInt64(0), r.GetString(1), r.GetInt64(2)));

    private static readonly SqlStatement<(Message Message, string Deliveries)> InsertMessage = new(
        $"{InsertColumns} VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)",
        static (p, row) =>
        {
            var message = row.Message;
            p.Add(message.Key);
            p.Add(message.UserKey);
            p.Add(message.Id);
            p.Add(message.Digest);
            p.Add(message.SenderKey);
            p.Add(message.Type);
            p.AddUtf8(message.Body);
            p.Add((long)message.Priority);
            p.Add((long)message.Receipts);
            p.Add(message.SentAt.ToUnixTimeMilliseconds());
            p.Add(message.ExpiresAt.ToUnixTimeMilliseconds());
            p.Add(message.CorrelationId);
            p.Add(row.Deliveries);
        },
        $"{InsertColumns} SELECT * FROM unnest($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)");

    private const string InsertColumns =
        "INSERT INTO message (message_key, user_key, id, digest, from_device_key, type, body, priority, receipts, sent_at, expires_at, correlation_id, deliveries)";
}

/// <summary>A message that got its seqs: the answer, and the column <c>deliveries</c>.</summary>
internal readonly record struct Placed(AppendResult Result, string Deliveries);
