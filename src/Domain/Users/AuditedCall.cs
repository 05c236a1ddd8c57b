namespace RooCoord.Domain.Users;

/// <summary>A call of an admin.</summary>
/// <param name="Key">Place in the log, rising.</param>
/// <param name="At">When.</param>
/// <param name="Admin">Who asked.</param>
/// <param name="Action">What for.</param>
/// <param name="UserId">Of whom, or null.</param>
public sealed record AuditedCall(long Key, DateTimeOffset At, string Admin, string Action, string? UserId);
