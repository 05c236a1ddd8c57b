using System.Text.Json;
using RooCoord.Domain.Devices;

namespace RooCoord.Infrastructure.Sql;

/// <summary>A row of <c>device</c>.</summary>
internal sealed record DeviceRow(
    long DeviceKey, long UserKey, string UserId, string Id, string Name, long Type, string? Platform, string? AppVersion, string Capabilities,
    long? MaxFileSize, string? Role, string? Telemetry, long Status, long? LastSeenAt, long CreatedAt, long? RevokedAt)
{
    public const string Select = """
        SELECT d.device_key AS DeviceKey, d.user_key AS UserKey, u.id AS UserId, d.id AS Id, d.name AS Name, d.type AS Type, d.platform AS Platform,
               d.app_version AS AppVersion, d.capabilities AS Capabilities, d.max_file_size AS MaxFileSize, d.role AS Role, d.telemetry AS Telemetry, d.status AS Status,
               d.last_seen_at AS LastSeenAt, d.created_at AS CreatedAt, d.revoked_at AS RevokedAt
        FROM device d JOIN user_account u ON u.user_key = d.user_key
        """;

    public Device ToDevice() => new()
    {
        Key = DeviceKey,
        Id = Id,
        UserKey = UserKey,
        UserId = UserId,
        Name = Name,
        Type = (DeviceType)Type,
        Platform = Platform,
        AppVersion = AppVersion,
        Capabilities = JsonSerializer.Deserialize<string[]>(Capabilities)!,
        MaxFileSize = MaxFileSize,
        Role = Role,
        Telemetry = Telemetry,
        Status = (DeviceStatus)Status,
        LastSeenAt = Time(LastSeenAt),
        CreatedAt = DateTimeOffset.FromUnixTimeMilliseconds(CreatedAt),
        RevokedAt = Time(RevokedAt),
    };

    /// <summary>The columns an update may change.</summary>
    public static object Parameters(Device device) => new
    {
        device.Key,
        device.UserKey,
        device.Id,
        device.Name,
        Type = (long)device.Type,
        device.Platform,
        device.AppVersion,
        Capabilities = JsonSerializer.Serialize(device.Capabilities),
        device.MaxFileSize,
        device.Role,
        CreatedAt = device.CreatedAt.ToUnixTimeMilliseconds(),
    };

    public static DateTimeOffset? Time(long? milliseconds) => milliseconds is { } ms ? DateTimeOffset.FromUnixTimeMilliseconds(ms) : null;
}
