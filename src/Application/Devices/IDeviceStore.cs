using RooCoord.Domain.Devices;

namespace RooCoord.Application.Devices;

/// <summary>Registered devices. Every query is by the owning user; what is revoked is not there any more.</summary>
public interface IDeviceStore
{
    /// <summary>Stores a device of the user (made with its first device), its mailbox and its first credential, in one transaction. Fault <c>conflict</c> at <paramref name="maxDevices"/> (0: none).</summary>
    Task<Device> AddAsync(Device device, NewRefreshToken credential, int maxDevices);

    /// <summary>The user's devices, oldest first.</summary>
    Task<IReadOnlyList<Device>> ListAsync(long userKey, CancellationToken cancellationToken);

    /// <summary>One device of the user, or null.</summary>
    Task<Device?> FindAsync(long userKey, string id, CancellationToken cancellationToken);

    /// <summary>Those of these devices that are there, in no order.</summary>
    Task<IReadOnlyList<Device>> FindAsync(IReadOnlyList<DeviceName> names, CancellationToken cancellationToken);

    /// <summary>Changes one device of the user and returns it, or null.</summary>
    Task<Device?> UpdateAsync(long userKey, string id, Func<Device, Device> change);

    /// <summary>Revokes a device with its credentials and sessions, and dead-letters its open entries (<c>revoked</c>), in one transaction; null when there is none.</summary>
    Task<Device?> RevokeAsync(long userKey, string id, DateTimeOffset now);

    /// <summary>Stores what devices reported last, in one transaction; revoked ones are passed over.</summary>
    Task SaveTelemetryAsync(IReadOnlyList<DeviceReport> reports);
}

/// <summary>A device of a user.</summary>
public readonly record struct DeviceName(long UserKey, string Id);

/// <summary>What a device reported: the JSON text of an object.</summary>
public readonly record struct DeviceReport(long DeviceKey, string Telemetry);

/// <summary>A refresh token to store: only its hash is.</summary>
public sealed record NewRefreshToken(string FamilyId, string Hash, DateTimeOffset CreatedAt);
