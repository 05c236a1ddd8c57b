using RooCoord.Application.Devices;
using RooCoord.Application.Sessions;
using RooCoord.Contracts;
using RooCoord.Domain;
using RooCoord.Domain.Messages;

namespace RooCoord.Application.Messages;

/// <summary>Sends what is never stored: to devices connected and resumed whose buffer has room.</summary>
internal sealed class EphemeralRelay(DeviceConnections connections, IDeviceStore devices)
{
    public Task<SendResult> SendAsync(Message message, Target target, Caller caller, CancellationToken cancellationToken)
    {
        // A connected device of this user needs no question to the database.
        if (target.Devices.Count == 1 && connections.FindById(target.Devices[0]) is { } one && one.UserKey == caller.UserKey)
            return Task.FromResult(Result(message, target, [Offer(message, one.DeviceId)]));
        return SendToStoredAsync(message, target, caller, cancellationToken);
    }

    private async Task<SendResult> SendToStoredAsync(Message message, Target target, Caller caller, CancellationToken cancellationToken)
    {
        var known = await devices.ListAsync(caller.UserKey, cancellationToken).ConfigureAwait(false);
        var ids = known.Select(d => d.Id).ToHashSet(StringComparer.Ordinal);
        var chosen = target.IsAll ? [.. known.Select(d => d.Id).Where(id => id != caller.Device?.Id)] : target.Devices;
        if (chosen.Count == 0 || chosen.Any(id => !ids.Contains(id))) throw Fault.NotFound("device");
        return Result(message, target, [.. chosen.Select(id => Offer(message, id))]);
    }

    private Delivery Offer(Message message, string deviceId) =>
        new(deviceId, null, connections.FindById(deviceId)?.Pump.TrySend(message) == true ? "sent" : "dropped", null);

    private static SendResult Result(Message message, Target target, IReadOnlyList<Delivery> deliveries) =>
        new(message.Id, false, deliveries, [new(0, deliveries.Count, [.. deliveries.Select(d => d.Device)], target.IsAll ? "all" : "named")]);
}
