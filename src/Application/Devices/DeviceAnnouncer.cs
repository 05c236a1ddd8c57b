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

/// <summary>Tells a user's devices of changes, one after another, each with the state as it is then: the last thing told is the truth.</summary>
internal sealed partial class DeviceAnnouncer(IDeviceStore devices, IDeviceNotifier notifier, IMapper mapper, ILogger<DeviceAnnouncer> logger) : BackgroundService
{
    private readonly Channel<(long UserKey, string DeviceId, DeviceDto? State)> _changes = Channel.CreateUnbounded<(long, string, DeviceDto?)>(new() { SingleReader = true });

    /// <summary>A device changed.</summary>
    public void Changed(long userKey, string deviceId) => _changes.Writer.TryWrite((userKey, deviceId, null));

    /// <summary>A device was revoked.</summary>
    public void Revoked(long userKey, DeviceDto last) => _changes.Writer.TryWrite((userKey, last.Id, last));

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await foreach (var (userKey, deviceId, state) in _changes.Reader.ReadAllAsync(stoppingToken).ConfigureAwait(false))
        {
            try
            {
                var device = state ?? mapper.Map<DeviceDto?>(await devices.FindAsync(userKey, deviceId, stoppingToken).ConfigureAwait(false));
                if (device is not null) notifier.DeviceChanged(userKey, device);
            }
            catch (Exception exception) when (exception is not OperationCanceledException)
            {
                LogNotAnnounced(logger, exception, deviceId);
            }
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "A change of device {DeviceId} was not announced")]
    private static partial void LogNotAnnounced(ILogger logger, Exception exception, string deviceId);
}
