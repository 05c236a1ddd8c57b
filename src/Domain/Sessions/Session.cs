namespace RooCoord.Domain.Sessions;

/// <summary>A device's session: it outlives a connection by <see cref="ResumeWindow"/>.</summary>
public sealed record Session
{
    /// <summary>How long a session waits for its device after the connection ended.</summary>
    public static readonly TimeSpan ResumeWindow = TimeSpan.FromMinutes(2);

    /// <summary>Opaque id.</summary>
    public required string Id { get; init; }
    /// <summary>The device's narrow key.</summary>
    public required long DeviceKey { get; init; }
    /// <summary>The device's id.</summary>
    public required string DeviceId { get; init; }
    /// <summary>Number of the connection that owns the session; a lower one is fenced off.</summary>
    public required long Fence { get; init; }
    /// <summary>Whether a connection is open.</summary>
    public required bool Connected { get; init; }
    /// <summary>When it began.</summary>
    public required DateTimeOffset StartedAt { get; init; }
    /// <summary>When its last connection ended.</summary>
    public DateTimeOffset? DisconnectedAt { get; init; }

    /// <summary>Whether a connection opened now continues this session.</summary>
    public bool CanResume(DateTimeOffset now) => Connected || DisconnectedAt is { } at && now - at <= ResumeWindow;
}
