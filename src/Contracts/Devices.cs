namespace RooCoord.Contracts;

/// <summary>A registered device of a user.</summary>
/// <param name="Id">Opaque, at most 64 characters.</param>
/// <param name="UserId">The user it belongs to (the token's <c>sub</c>).</param>
/// <param name="Name">1..128 characters.</param>
/// <param name="Type"><c>mobile|desktop|extension|browser|server</c>.</param>
/// <param name="Platform">At most 64 characters, or null.</param>
/// <param name="AppVersion">At most 64 characters, or null.</param>
/// <param name="Capabilities">At most 64, of 1..64 characters each.</param>
/// <param name="Limits">What the device can take.</param>
/// <param name="Status"><c>online|away|busy|offline</c>; follows the connection.</param>
/// <param name="Role">Free text of the app's own, at most 64 characters, or null.</param>
/// <param name="Telemetry">What the device reported last, or null.</param>
/// <param name="LastSeenAt">When it was last connected, or null.</param>
/// <param name="CreatedAt">When it was registered.</param>
/// <param name="RevokedAt">When it was deleted; only in the <c>DeviceChanged</c> that tells of it.</param>
public sealed record Device(
    string Id, string UserId, string Name, string Type, string? Platform, string? AppVersion,
    IReadOnlyList<string> Capabilities, DeviceLimits Limits, string Status, string? Role, object? Telemetry,
    DateTimeOffset? LastSeenAt, DateTimeOffset CreatedAt, DateTimeOffset? RevokedAt);

/// <summary>What a device can take.</summary>
/// <param name="MaxFileSize">Bytes, or null: whatever the server allows.</param>
public sealed record DeviceLimits(long? MaxFileSize);

/// <summary>Body of <c>POST /api/v1/devices</c>. Shapes as in <see cref="Device"/>.</summary>
public sealed record DeviceRegistration(
    string? Name, string? Type, string? Platform, string? AppVersion,
    IReadOnlyList<string?>? Capabilities, DeviceLimits? Limits, string? Role);

/// <summary>Body of <c>PATCH /api/v1/devices/{id}</c>: what is absent or null stays as it is.</summary>
public sealed record DevicePatch(
    string? Name, string? Platform, string? AppVersion,
    IReadOnlyList<string?>? Capabilities, DeviceLimits? Limits, string? Role);

/// <summary>Tokens of a device.</summary>
/// <param name="AccessToken">JWT, 1 hour.</param>
/// <param name="ExpiresAt">When the access token ends.</param>
/// <param name="RefreshToken">For <c>POST /api/v1/devices/token</c>, 90 days, used once.</param>
public sealed record Credential(string AccessToken, DateTimeOffset ExpiresAt, string RefreshToken);

/// <summary>Answer to a registration.</summary>
public sealed record RegisteredDevice(Device Device, Credential Credential);

/// <summary>Body of <c>POST /api/v1/devices/token</c>.</summary>
public sealed record RefreshRequest(string? RefreshToken);

/// <summary>A list.</summary>
public sealed record Page<T>(IReadOnlyList<T> Items);

/// <summary>A device's session: it outlives a connection by the resume window (2 minutes).</summary>
public sealed record Session(string Id, string DeviceId, bool Connected, DateTimeOffset StartedAt, DateTimeOffset? DisconnectedAt);
