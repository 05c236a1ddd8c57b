namespace RooCoord.Contracts;

/// <summary>A new share link; every field may be missing.</summary>
/// <param name="ExpiresAt">When it ends.</param>
/// <param name="MaxDownloads">Downloads in all, from 1.</param>
/// <param name="Password">1..256 characters.</param>
public sealed record ShareDraft(DateTimeOffset? ExpiresAt, long? MaxDownloads, string? Password);

/// <summary>A share link just made: the only time its address is told.</summary>
/// <param name="Id">Names it in the API; not the secret.</param>
/// <param name="Url">Who has this may download.</param>
public sealed record CreatedShare(string Id, string Url);

/// <summary>A share link of a file.</summary>
/// <param name="Id">Names it in the API.</param>
/// <param name="CreatedBy">Who made it.</param>
/// <param name="CreatedAt">When.</param>
/// <param name="ExpiresAt">When it ends, or null.</param>
/// <param name="MaxDownloads">Downloads in all, or null.</param>
/// <param name="Downloads">Downloads so far.</param>
/// <param name="HasPassword">Whether it asks for one.</param>
public sealed record Share(string Id, string CreatedBy, DateTimeOffset CreatedAt, DateTimeOffset? ExpiresAt, long? MaxDownloads, long Downloads, bool HasPassword);
