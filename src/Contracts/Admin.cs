namespace RooCoord.Contracts;

/// <summary>A user as admins see it: metadata only.</summary>
/// <param name="Id">The token's <c>sub</c>.</param>
/// <param name="CreatedAt">When RooCoord first stored something of it.</param>
/// <param name="DisabledAt">Since when its tokens are refused, or null.</param>
/// <param name="TokensRevokedAt">User tokens issued up to here are refused, or null.</param>
/// <param name="Devices">How many devices it has.</param>
/// <param name="ErasingAt">Since when all of its data is being removed, or null.</param>
/// <param name="ErasedAt">When all of its data was removed last, or null.</param>
public sealed record AdminUser(
    string Id, DateTimeOffset CreatedAt, DateTimeOffset? DisabledAt, DateTimeOffset? TokensRevokedAt, long Devices, DateTimeOffset? ErasingAt, DateTimeOffset? ErasedAt);

/// <summary>One call of an admin.</summary>
/// <param name="Id">Place in the log; give it as <c>before</c> for the page behind it.</param>
/// <param name="At">When.</param>
/// <param name="Admin">Who asked: an admin, or with <c>account.erase</c> the user itself.</param>
/// <param name="Action">What for: <c>users.list|users.read|users.devices|users.disable|users.enable|users.revokeTokens|users.erase|account.erase|audit.read</c>.</param>
/// <param name="UserId">Of whom, or null.</param>
public sealed record AuditEntry(string Id, DateTimeOffset At, string Admin, string Action, string? UserId);
