using System.Threading.Channels;
using AutoMapper;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using DeviceDto = RooCoord.Contracts.Device;

namespace RooCoord.Application.Devices;

/// <summary>Pushes <c>DeviceChanged</c> to a user's connected devices. Best effort.</summary>
public interface IDeviceNotifier
{
    /// <summary>Starts the push to all of the user's connections but the device's own; does not wait for slow ones.</summary>
    void DeviceChanged(long userKey, DeviceDto device);
}

/// <summary>
/// Tells a user's devices of changes, each with the state as it is then: the last thing told is the truth. Changes that
/// wait are read together, several of one device as one: thousands of devices that reconnect at once cost few reads.
/// </summary>
internal sealed partial class DeviceAnnouncer(IDeviceStore devices, IDeviceNotifier notifier, IMapper mapper, ILogger<DeviceAnnouncer> logger) : BackgroundService
{
    private const int MaxBatch = 500;

    private readonly Channel<(DeviceName Device, DeviceDto? State)> _changes = Channel.CreateUnbounded<(DeviceName, DeviceDto?)>(new() { SingleReader = true });

    /// <summary>A device changed.</summary>
    public void Changed(long userKey, string deviceId) => _changes.Writer.TryWrite((new(userKey, deviceId), null));

    /// <summary>A device was revoked.</summary>
    public void Revoked(long userKey, DeviceDto last) => _changes.Writer.TryWrite((new(userKey, last.Id), last));

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (await _changes.Reader.WaitToReadAsync(stoppingToken).ConfigureAwait(false))
        {
            var changes = Take();
            try { await TellAsync(changes, stoppingToken).ConfigureAwait(false); }
            catch (Exception exception) when (exception is not OperationCanceledException) { LogNotAnnounced(logger, exception, changes.Count); }
        }
    }

    private Dictionary<DeviceName, DeviceDto?> Take()
    {
        var changes = new Dictionary<DeviceName, DeviceDto?>();
        // A revocation is told whatever else waits: nothing of the device can be read any more.
        while (changes.Count < MaxBatch && _changes.Reader.TryRead(out var change))
            changes[change.Device] = change.State ?? changes.GetValueOrDefault(change.Device);
        return changes;
    }

    private async Task TellAsync(Dictionary<DeviceName, DeviceDto?> changes, CancellationToken cancellationToken)
    {
        DeviceName[] unread = [.. changes.Where(c => c.Value is null).Select(c => c.Key)];
        foreach (var device in await devices.FindAsync(unread, cancellationToken).ConfigureAwait(false))
            changes[new(device.UserKey, device.Id)] = mapper.Map<DeviceDto>(device);
        foreach (var (name, device) in changes)
            if (device is not null) notifier.DeviceChanged(name.UserKey, device);
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "Changes of {Count} devices were not announced")]
    private static partial void LogNotAnnounced(ILogger logger, Exception exception, int count);
}
