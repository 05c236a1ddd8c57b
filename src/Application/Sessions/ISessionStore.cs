using RooCoord.Application.Messages;
using RooCoord.Domain.Devices;
using RooCoord.Domain.Sessions;

namespace RooCoord.Application.Sessions;

/// <summary>Sessions, and with them the status of devices. Every call is one transaction.</summary>
public interface ISessionStore
{
    /// <summary>Continues the device's session or starts one, held by this node; raises its fence, so that older connections can settle nothing more; sets the device online. Fault <c>unauthorized</c> when the device or the credential family was revoked meanwhile.</summary>
    Task<OpenedSession> OpenAsync(long deviceKey, string familyId, string newSessionId, DateTimeOffset now);

    /// <summary>Whether no newer connection, revocation or end came after the connection with this fence.</summary>
    Task<bool> IsCurrentAsync(long deviceKey, long fence, CancellationToken cancellationToken);

    /// <summary>What came after a connection that is not current any more; of several the gravest.</summary>
    Task<FencedBy> FencedByAsync(MailboxHolder holder, string familyId, string sessionId, CancellationToken cancellationToken);

    /// <summary>Notes that the connection with this fence ended; false when a newer one took over.</summary>
    Task<bool> CloseAsync(long deviceKey, long fence, DateTimeOffset now);

    /// <summary>Sets the device's status while the connection with this fence holds it; false otherwise.</summary>
    Task<bool> SetStatusAsync(long deviceKey, long fence, DeviceStatus status);

    /// <summary>Notes, in one transaction, that these devices are connected now.</summary>
    Task SeenAsync(IReadOnlyList<long> deviceKeys, DateTimeOffset now);

    /// <summary>The user's sessions that are connected or can be resumed.</summary>
    Task<IReadOnlyList<Session>> ListAsync(long userKey, DateTimeOffset now, CancellationToken cancellationToken);

    /// <summary>Ends live sessions of the user (one, or all with null): raises their fences. Returns those ended.</summary>
    Task<IReadOnlyList<Session>> EndAsync(long userKey, string? sessionId, DateTimeOffset now);
}

/// <summary>Why a connection may settle nothing any more.</summary>
public enum FencedBy
{
    /// <summary>A newer connection of the device continues the session.</summary>
    NewerConnection,
    /// <summary>Its session was ended.</summary>
    End,
    /// <summary>The device or its credential was revoked, or the user disabled.</summary>
    Revocation,
    /// <summary>Its node was declared dead; nothing came after it.</summary>
    DeadNode,
}

/// <summary>What opening gave.</summary>
/// <param name="SessionId">The session.</param>
/// <param name="Fence">The connection's number.</param>
/// <param name="Resumed">Whether the session is an older one.</param>
/// <param name="StatusChanged">Whether the device was not online before.</param>
/// <param name="NodeBefore">The other node that held the device until now; 0: none.</param>
public sealed record OpenedSession(string SessionId, long Fence, bool Resumed, bool StatusChanged, long NodeBefore = 0);
