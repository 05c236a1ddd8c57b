namespace RooCoord.Contracts;

/// <summary>What the server calls on a device: the client side of <c>/hubs/devices</c>.</summary>
public interface IDeviceClient
{
    /// <summary>The first call on every connection.</summary>
    Task SessionStarted(SessionStarted session);

    /// <summary>A message; delivery starts after the first <c>Resume</c>. At least once: handle a seq once.</summary>
    Task Message(Envelope envelope);

    /// <summary>A state of a delivery of a message this device sent with <c>receipts</c>. May repeat or be missing; the ledger is the truth.</summary>
    Task Receipt(Receipt receipt);

    /// <summary>A message was taken back (another device won the claim, or a fallback took over): stop working on it.</summary>
    Task Withdrawn(string id);

    /// <summary>Another device of the same user asks; what is returned is its answer. The server cancels when nobody waits for it any more, which is not told on the wire.</summary>
    Task<JsonText> OnCall(string method, JsonText body, CancellationToken cancellationToken);

    /// <summary>Another device of the same user changed.</summary>
    Task DeviceChanged(Device device);

    /// <summary>How far an upload of the user is. May be missing; the upload's offset is the truth.</summary>
    Task UploadProgress(UploadProgress progress);

    /// <summary>A file the user may see, or might until now, changed. May be missing; the list of files is the truth.</summary>
    Task FileChanged(FileChanged change);

    /// <summary>The access token ends at this time; call <c>RefreshToken</c> before.</summary>
    Task TokenExpiring(DateTimeOffset at);

    /// <summary>The server is about to stop: settle what is in flight, close, connect again after this many milliseconds. A connection left open is closed with leave to reconnect.</summary>
    Task Draining(int reconnectAfterMs);

    /// <summary>The last call on a connection: <c>replaced|ended|revoked</c> (do not reconnect) or <c>expired|slow</c> (reconnect).</summary>
    Task SessionEnded(string reason);
}

/// <summary>Tells a connection its session.</summary>
/// <param name="Protocol">Version of the contract: 1.</param>
/// <param name="SessionId">Of the session.</param>
/// <param name="DeviceId">Of the device.</param>
/// <param name="Resumed">False when the session is new.</param>
/// <param name="ExpiresAt">When the access token ends.</param>
/// <param name="ServerTime">The server's clock.</param>
public sealed record SessionStarted(int Protocol, string SessionId, string DeviceId, bool Resumed, DateTimeOffset ExpiresAt, DateTimeOffset ServerTime);

/// <summary>Reasons of <see cref="IDeviceClient.SessionEnded"/>.</summary>
public static class SessionEndReasons
{
    /// <summary>A newer connection of this device took over.</summary>
    public const string Replaced = "replaced";
    /// <summary>Ended over REST.</summary>
    public const string Ended = "ended";
    /// <summary>The device or its credential was revoked.</summary>
    public const string Revoked = "revoked";
    /// <summary>The token ran out unrefreshed.</summary>
    public const string Expired = "expired";
    /// <summary>The socket took nothing for 30 s.</summary>
    public const string Slow = "slow";
}
