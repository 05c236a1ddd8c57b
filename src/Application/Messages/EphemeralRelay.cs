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
            return Task.FromResult(Result(message, Offer(message, one.DeviceId)));
        return SendToStoredAsync(message, target, caller, cancellationToken);
    }

    private async Task<SendResult> SendToStoredAsync(Message message, Target target, Caller caller, CancellationToken cancellationToken)
    {
        var known = await devices.ListAsync(caller.UserKey, cancellationToken).ConfigureAwait(false);
        var choice = target.Choose(known, caller.Device?.Key, new HashSet<long>());
        if (choice.Chosen.Count == 0 || (target.IsNamed && choice.Chosen.Count < target.Devices.Count)) throw Fault.NotFound("device");
        Delivery[] deliveries = [.. choice.Chosen.Select(d => Offer(message, d.Id))];
        return new(message.Id, false, deliveries, [new(0, choice.Matched, [.. deliveries.Select(d => d.Device)], choice.Reason)]);
    }

    private Delivery Offer(Message message, string deviceId) =>
        new(deviceId, null, connections.FindById(deviceId)?.Pump.TrySend(message) == true ? "sent" : "dropped", null);

    private static SendResult Result(Message message, Delivery delivery) =>
        new(message.Id, false, [delivery], Routes.Named([delivery.Device]));
}
