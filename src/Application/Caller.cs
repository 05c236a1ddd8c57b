namespace RooCoord.Application;

/// <summary>Who is calling: a user, or a device acting for its user.</summary>
/// <param name="UserId">The token's <c>sub</c>.</param>
/// <param name="UserKey">The user's narrow key; 0 for a user nothing is stored of yet.</param>
/// <param name="Device">The device, with a device token.</param>
/// <param name="IsAdmin">Role <c>admin</c>.</param>
public sealed record Caller(string UserId, long UserKey, CallingDevice? Device, bool IsAdmin);

/// <summary>The device of a device token.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Key">Its narrow key.</param>
/// <param name="FamilyId">The credential family the token is of.</param>
/// <param name="ExpiresAt">When the token ends.</param>
public sealed record CallingDevice(string Id, long Key, string FamilyId, DateTimeOffset ExpiresAt);
