using RooCoord.Application.Cluster;
using RooCoord.Application.Devices;
using RooCoord.Application.Sessions;
using RooCoord.Contracts;
using RooCoord.Domain;
using RooCoord.Domain.Messages;
using Device = RooCoord.Domain.Devices.Device;

namespace RooCoord.Application.Messages;

/// <summary>Sends what is never stored: to devices connected and resumed whose buffer has room.</summary>
internal sealed class EphemeralRelay(DeviceConnections connections, RemoteEphemerals elsewhere, IDeviceStore devices)
{
    private const string Sent = "sent";
    private const string Dropped = "dropped";

    public Task<SendResult> SendAsync(Message message, Target target, Caller caller, CancellationToken cancellationToken)
    {
        // A connected device of this user needs no question to the database.
        if (target.Devices.Count == 1 && connections.FindById(target.Devices[0]) is { IsCurrent: true } one && one.UserKey == caller.UserKey)
            return Task.FromResult(Result(message, new(one.DeviceId, null, one.Pump.TrySend(message) ? Sent : Dropped, null)));
        return SendElsewhereAsync(message, target, caller, cancellationToken);
    }

    // A device whose node is remembered needs none either.
    private async Task<SendResult> SendElsewhereAsync(Message message, Target target, Caller caller, CancellationToken cancellationToken)
    {
        if (target.Devices.Count == 1 && await elsewhere.TrySendAsync(caller.UserKey, target.Devices[0], message, cancellationToken).ConfigureAwait(false) is { } sent)
            return Result(message, new(target.Devices[0], null, sent ? Sent : Dropped, null));
        return await SendToStoredAsync(message, target, caller, cancellationToken).ConfigureAwait(false);
    }

    private async Task<SendResult> SendToStoredAsync(Message message, Target target, Caller caller, CancellationToken cancellationToken)
    {
        var known = await devices.ListAsync(caller.UserKey, cancellationToken).ConfigureAwait(false);
        var choice = target.Choose(known, caller.Device?.Key, new HashSet<long>());
        if (choice.Chosen.Count == 0 || (target.IsNamed && choice.Chosen.Count < target.Devices.Count)) throw Fault.NotFound("device");
        var deliveries = await Task.WhenAll(choice.Chosen.Select(d => OfferAsync(message, d, cancellationToken))).ConfigureAwait(false);
        return new(message.Id, false, deliveries, [new(0, choice.Matched, [.. deliveries.Select(d => d.Device)], choice.Reason)]);
    }

    private async Task<Delivery> OfferAsync(Message message, Device device, CancellationToken cancellationToken)
    {
        var sent = connections.Find(device.Key) is { IsCurrent: true } here ? here.Pump.TrySend(message)
            : await elsewhere.TrySendAsync(device.UserKey, device.Id, message, cancellationToken).ConfigureAwait(false) ?? false;
        return new(device.Id, null, sent ? Sent : Dropped, null);
    }

    private static SendResult Result(Message message, Delivery delivery) =>
        new(message.Id, false, [delivery], Routes.Named([delivery.Device]));
}
