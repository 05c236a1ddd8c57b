using System.Globalization;
using System.Text;
using Dapper;
using RooCoord.Application.Messages;
using RooCoord.Domain;
using RooCoord.Domain.Messages;

namespace RooCoord.Infrastructure.Sql;

/// <summary>Appends of one batch: who they go to, which of them repeat an earlier message, and their rows.</summary>
internal sealed class MailboxAppends(ISqlTransaction transaction, BatchMemory memory, DateTimeOffset now)
{
    private readonly List<(Message Message, long? SenderKey, string Deliveries)> _messages = [];
    private readonly List<(long Device, long Seq, Message Message)> _entries = [];

    /// <summary>Finds the devices of each work; a work that names an unknown one gets its fault.</summary>
    public async ValueTask ResolveAsync(List<AppendWork> works)
    {
        await RememberAsync(works).ConfigureAwait(false);
        var ofUser = new Dictionary<long, List<TargetDevice>>();
        foreach (var work in works)
        {
            try
            {
                work.Devices = work.Target.IsAll
                    ? await OthersAsync(work, ofUser).ConfigureAwait(false)
                    : Named(work);
            }
            catch (Fault fault) { work.Fault = fault; }
        }
    }

    private TargetDevice[] Named(AppendWork work)
    {
        var devices = new TargetDevice[work.Target.Devices.Count];
        for (var i = 0; i < devices.Length; i++)
        {
            var id = work.Target.Devices[i];
            devices[i] = memory.Find(id) is { } keys && keys.User == work.Message.UserKey ? new(keys.Device, id) : throw Fault.NotFound("device");
        }
        return devices;
    }

    private async ValueTask<IReadOnlyList<TargetDevice>> OthersAsync(AppendWork work, Dictionary<long, List<TargetDevice>> ofUser)
    {
        if (!ofUser.TryGetValue(work.Message.UserKey, out var all))
        {
            var rows = await transaction.Connection.QueryAsync<(long, string)>(
                "SELECT device_key, id FROM device WHERE user_key = @UserKey AND revoked_at IS NULL ORDER BY device_key", new { work.Message.UserKey }).ConfigureAwait(false);
            ofUser[work.Message.UserKey] = all = [.. rows.Select(r => new TargetDevice(r.Item1, r.Item2))];
        }
        TargetDevice[] others = [.. all.Where(d => d.Key != work.SenderKey)];
        if (others.Length == 0) throw Fault.NotFound("device");
        return others.Length <= Target.MaxDevices ? others : throw Fault.Invalid($"a message may go to at most {Target.MaxDevices} devices");
    }

    private async ValueTask RememberAsync(List<AppendWork> works)
    {
        memory.MakeRoom();
        var unknown = new HashSet<string>(StringComparer.Ordinal);
        foreach (var work in works)
            foreach (var id in work.Target.Devices)
                if (memory.Find(id) is null) unknown.Add(id);
        if (unknown.Count == 0) return;
        string[] ids = [.. unknown];
        var found = await transaction.QueryEachAsync(SelectDevice, ids).ConfigureAwait(false);
        for (var i = 0; i < ids.Length; i++)
            if (found[i] is { Device: not 0 } keys) memory.Add(ids[i], keys);
    }

    /// <summary>Stores every work that is neither at fault nor a repeat; <paramref name="place"/> gives it its seqs.</summary>
    public async ValueTask RunAsync(List<AppendWork> works, Func<AppendWork, List<AppendedDelivery>> place)
    {
        var earlier = await transaction.QueryEachAsync(SelectMessage, works).ConfigureAwait(false);
        var inBatch = new Dictionary<(long, string), AppendWork>();
        for (var i = 0; i < works.Count; i++)
        {
            var work = works[i];
            try
            {
                if (earlier[i] is { } stored) work.Outcome = await RepeatAsync(work, stored).ConfigureAwait(false);
                else if (inBatch.TryGetValue((work.Message.UserKey, work.Message.Id), out var first)) work.Outcome = Repeat(work, first);
                else if (work.Fault is null)
                {
                    // The sweeper has passed this time already.
                    if (work.Message.ExpiresAt <= now) throw new Fault(FaultCode.Expired, "the message's time was over before it could be committed");
                    Add(work, place(work));
                    inBatch.Add((work.Message.UserKey, work.Message.Id), work);
                }
            }
            catch (Fault fault) { work.Fault = fault; }
        }
        await AssignKeysAsync().ConfigureAwait(false);
        await transaction.ExecuteEachAsync(InsertMessage, _messages).ConfigureAwait(false);
        await transaction.ExecuteEachAsync(InsertEntry, _entries).ConfigureAwait(false);
    }

    private void Add(AppendWork work, List<AppendedDelivery> deliveries)
    {
        work.Outcome = new(false, deliveries);
        var text = new StringBuilder(24 * deliveries.Count);
        for (var i = 0; i < deliveries.Count; i++)
        {
            if (i > 0) text.Append(' ');
            text.Append(CultureInfo.InvariantCulture, $"{work.Devices[i].Key}:{deliveries[i].Seq}");
            if (deliveries[i].Seq is { } seq) _entries.Add((work.Devices[i].Key, seq, work.Message));
        }
        _messages.Add((work.Message, work.SenderKey, text.ToString()));
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
        var ids = await transaction.QueryEachAsync(SelectDeviceId, deliveries).ConfigureAwait(false);
        return new(true, [.. deliveries.Select((d, i) => new AppendedDelivery(ids[i]!, d.Seq))]);
    }

    private static Fault OtherContent() => Fault.Conflict("this id was sent before with other content");

    private async ValueTask AssignKeysAsync()
    {
        foreach (var (message, _, _) in _messages)
        {
            if (memory.NextKey == memory.KeyEnd)
            {
                memory.KeyEnd = await transaction.Connection.ExecuteScalarAsync<long>(
                    "UPDATE counter SET next = next + @KeyBlock WHERE name = 'message' RETURNING next", new { BatchMemory.KeyBlock }).ConfigureAwait(false);
                memory.NextKey = memory.KeyEnd - BatchMemory.KeyBlock;
            }
            message.Key = memory.NextKey++;
        }
    }

    private sealed record StoredMessage(long Digest, string Deliveries);

    private static readonly SqlQuery<string, DeviceKeys> SelectDevice = new(
        "SELECT device_key, user_key FROM device WHERE id = $1", static (p, id) => p.Add(id), static r => new(r.GetInt64(0), r.GetInt64(1)));

    private static readonly SqlQuery<(long Device, long? Seq), string> SelectDeviceId = new(
        "SELECT id FROM device WHERE device_key = $1", static (p, d) => p.Add(d.Device), static r => r.GetString(0));

    private static readonly SqlQuery<AppendWork, StoredMessage> SelectMessage = new(
        "SELECT digest, deliveries FROM message WHERE id = $1 AND user_key = $2",
        static (p, work) =>
        {
            p.Add(work.Message.Id);
            p.Add(work.Message.UserKey);
        },
        static r => new(r.GetInt64(0), r.GetString(1)));

    private static readonly SqlStatement<(Message Message, long? SenderKey, string Deliveries)> InsertMessage = new(
        """
        INSERT INTO message (message_key, user_key, id, digest, from_device_key, type, body, priority, receipts, sent_at, expires_at, correlation_id, deliveries)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)
        """,
        static (p, row) =>
        {
            var message = row.Message;
            p.Add(message.Key);
            p.Add(message.UserKey);
            p.Add(message.Id);
            p.Add(message.Digest);
            p.Add(row.SenderKey);
            p.Add(message.Type);
            p.AddUtf8(message.Body);
            p.Add((long)message.Priority);
            p.Add((long)message.Receipts);
            p.Add(message.SentAt.ToUnixTimeMilliseconds());
            p.Add(message.ExpiresAt.ToUnixTimeMilliseconds());
            p.Add(message.CorrelationId);
            p.Add(row.Deliveries);
        });

    private static readonly SqlStatement<(long Device, long Seq, Message Message)> InsertEntry = new(
        "INSERT INTO entry (device_key, priority, seq, message_key, state, attempt, failures) VALUES ($1, $2, $3, $4, 0, 1, 0)",
        static (p, row) =>
        {
            p.Add(row.Device);
            p.Add((long)row.Message.Priority);
            p.Add(row.Seq);
            p.Add(row.Message.Key);
        });
}
