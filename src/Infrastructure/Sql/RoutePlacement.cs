using Dapper;
using RooCoord.Application;
using RooCoord.Application.Messages;
using RooCoord.Domain;
using RooCoord.Domain.Devices;
using RooCoord.Domain.Messages;

namespace RooCoord.Infrastructure.Sql;

/// <summary>Finds devices for the steps of routes and appends to their mailboxes; collects the rows and writes them at the end of the batch.</summary>
internal sealed class RoutePlacement(BatchContext batch)
{
    private readonly Dictionary<long, IReadOnlyList<Device>> _ofUser = [];
    private readonly List<(long Device, long Seq, Message Message, Offer Offer)> _entries = [];
    private readonly List<(Message Message, Step Step, bool AtSend)> _steps = [];
    private readonly List<(Message Message, Route Route, int Step)> _continuing = [];

    /// <summary>The user's devices, for choosing; faults when a step names one that is not among them.</summary>
    public async ValueTask<IReadOnlyList<Device>> CandidatesAsync(AppendWork work)
    {
        var devices = await CandidatesAsync(work.Message.UserKey).ConfigureAwait(false);
        var known = devices.Select(d => d.Id).ToHashSet(StringComparer.Ordinal);
        foreach (var step in work.Route.Steps)
        {
            if (step.Target.Devices.Any(id => !known.Contains(id))) throw Fault.NotFound("device");
            // Later, when a step begins, there is nobody to refuse: it takes the first of them.
            if (devices.Count > Target.MaxDevices && step.Target.Choose(devices, work.SenderKey, new HashSet<long>()).Chosen.Count > Target.MaxDevices)
                throw Fault.Invalid($"a message may go to at most {Target.MaxDevices} devices");
        }
        return devices;
    }

    /// <summary>The user's devices.</summary>
    public async ValueTask<IReadOnlyList<Device>> CandidatesAsync(long userKey)
    {
        if (_ofUser.TryGetValue(userKey, out var known)) return known;
        await batch.Transaction.FlushAsync().ConfigureAwait(false);
        var rows = await batch.Transaction.Connection.QueryAsync<DeviceRow>(
            $"{DeviceRow.Select} WHERE d.user_key = @userKey AND d.revoked_at IS NULL ORDER BY d.device_key", new { userKey }).ConfigureAwait(false);
        return _ofUser[userKey] = [.. rows.Select(r => r.ToDevice())];
    }

    /// <summary>Begins the first step that finds a device with room. Faults change nothing.</summary>
    public Placed Place(AppendWork work)
    {
        var earlier = new HashSet<long>();
        var begun = Begin(work.Message, work.Route, 0, work.Candidates, work.SenderKey, earlier, _ => "");
        var deliveries = begun.SelectMany(s => s.Deliveries).ToList();
        if (deliveries.Count == 0) throw Fault.NotFound("device");
        if (!deliveries.Exists(d => d.Seq is not null)) throw Full(batch.Limits, deliveries.Count);
        foreach (var step in begun) _steps.Add((work.Message, step, AtSend: true));
        if (work.Route.Continues) _continuing.Add((work.Message, work.Route, begun[^1].Index));
        return new(
            new(false, [.. deliveries.Select(d => new AppendedDelivery(d.Device.Id, d.Seq))], [.. begun.Select(s => s.ToBegun())]),
            DeliveryList.Write([.. deliveries.Select(d => (d.Device.Key, d.Seq))]));
    }

    /// <summary>Begins steps from <paramref name="first"/> on until one stored something; adds the devices it chose to <paramref name="earlier"/>.</summary>
    public List<Step> Begin(
        Message message, Route route, int first, IReadOnlyList<Device> candidates, long? senderKey, HashSet<long> earlier, Func<int, string> why)
    {
        var begun = new List<Step>();
        for (var i = first; i < route.Steps.Count; i++)
        {
            var target = route.Steps[i].Target;
            var choice = target.Choose(candidates, senderKey, earlier);
            var offer = target.Mode == TargetMode.Claim ? Offer.Open : Offer.None;
            // A device revoked since it was read has no mailbox to append to.
            var open = choice.Chosen.Take(Target.MaxDevices).Where(d => batch.Mailboxes.TryGetValue(d.Key, out var mailbox) && !mailbox.Closed);
            var step = new Step(i, choice.Matched, choice.Reason + why(i), [.. open.Select(d => (d, Append(d.Key, d.Id, message, offer)))]);
            begun.Add(step);
            foreach (var device in choice.Chosen) earlier.Add(device.Key);
            if (step.Deliveries.Any(d => d.Seq is not null)) break;
        }
        return begun;
    }

    /// <summary>Appends one entry; null when the mailbox is full.</summary>
    public long? Append(long device, string deviceId, Message message, Offer offer)
    {
        var mailbox = batch.Mailboxes[device];
        if (mailbox.Append(batch.Limits.MailboxEntries) is not { } seq) return null;
        if (message is { Receipts: ReceiptMode.All, SenderKey: { } sender })
            batch.Receipts.Add(new(sender, message.Id, device, deviceId, seq, DeliveryState.Stored, batch.Now, null, Kept: false));
        batch.Changed.Add(device);
        batch.Appended.Add(new(device, new Entry(seq, seq >> MailboxCursor.EpochShift, message, 1, Offer: offer), mailbox.Node));
        _entries.Add((device, seq, message, offer));
        return seq;
    }

    /// <summary>Notes steps begun after the message was sent.</summary>
    public void Note(Message message, IEnumerable<Step> begun)
    {
        foreach (var step in begun) _steps.Add((message, step, AtSend: false));
    }

    /// <summary>Writes the rows; messages have their keys by now.</summary>
    public async ValueTask FlushAsync()
    {
        await batch.Transaction.ExecuteEachAsync(EntrySql.Insert, _entries).ConfigureAwait(false);
        if (_steps.Count == 0) return;
        await batch.Transaction.ExecuteEachAsync(RouteSql.InsertStep, [.. _steps.Select(s => new RouteSql.StepRow(
            s.Message.Key, s.Step.Index, s.AtSend, batch.NowMs, s.Step.Matched, s.Step.Reason,
            DeliveryList.Write([.. s.Step.Deliveries.Select(d => (d.Device.Key, d.Seq))])))]).ConfigureAwait(false);
        await batch.Transaction.ExecuteEachAsync(RouteSql.InsertRoute,
            [.. _continuing.Select(r => (r.Message.Key, r.Route.ToText(), (long)r.Step, batch.NowMs))]).ConfigureAwait(false);
        await batch.Transaction.ExecuteEachAsync(RouteSql.SetTimer,
            [.. _continuing.Where(r => r.Step + 1 < r.Route.Steps.Count)
                .Select(r => (r.Message.Key, batch.NowMs + (long)r.Route.Steps[r.Step + 1].After.TotalMilliseconds))]).ConfigureAwait(false);
    }

    /// <summary>No mailbox has room.</summary>
    public static Fault Full(Limits limits, int mailboxes) =>
        new(FaultCode.MailboxFull, $"{(mailboxes == 1 ? "the mailbox has" : "all mailboxes have")} {limits.MailboxEntries} unsettled entries");

    /// <summary>A step begun: what it chose, and the seqs given out; null where a mailbox was full.</summary>
    public sealed record Step(int Index, int Matched, string Reason, IReadOnlyList<(Device Device, long? Seq)> Deliveries)
    {
        public BegunStep ToBegun() => new(Index, Matched, [.. Deliveries.Select(d => d.Device.Id)], Reason);
    }
}
