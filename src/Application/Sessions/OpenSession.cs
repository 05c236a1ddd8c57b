using MediatR;
using RooCoord.Application.Devices;
using RooCoord.Application.Messages;
using RooCoord.Contracts;

namespace RooCoord.Application.Sessions;

/// <summary>Opens a device's connection: continues or starts its session, takes over from an older connection, tells the client.</summary>
public sealed record OpenSession(Caller Caller, IDeviceLink Link) : IRequest<DeviceConnection>;

internal sealed class OpenSessionHandler(
    ISessionStore sessions, DeviceConnections connections, ConnectionEnding ending, DeviceAnnouncer announcer, IMailbox mailbox, Limits limits, TimeProvider time)
    : IRequestHandler<OpenSession, DeviceConnection>
{
    public async Task<DeviceConnection> Handle(OpenSession request, CancellationToken cancellationToken)
    {
        var (caller, link) = request;
        var device = caller.Device!;
        var opened = await sessions.OpenAsync(device.Key, Ids.New(), time.GetUtcNow()).ConfigureAwait(false);
        var pump = new MailboxPump(mailbox, link, time, device.Key, limits.WindowBytes);
        var connection = new DeviceConnection(caller, opened.SessionId, opened.Fence, link, pump);
        // The older one's flight is noted before the newer one can resume, so that its entries come with attempt+1.
        if (connections.Attach(connection) is { } older) await ending.EndAsync(older, SessionEndReasons.Replaced).ConfigureAwait(false);
        await link.SessionStartedAsync(new(1, opened.SessionId, device.Id, opened.Resumed, device.ExpiresAt, time.GetUtcNow())).ConfigureAwait(false);
        if (opened.StatusChanged) announcer.Changed(caller.UserKey, device.Id);
        return connection;
    }
}
