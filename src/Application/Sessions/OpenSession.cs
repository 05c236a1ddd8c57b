using MediatR;
using RooCoord.Application.Cluster;
using RooCoord.Application.Devices;
using RooCoord.Application.Messages;
using RooCoord.Contracts;

namespace RooCoord.Application.Sessions;

/// <summary>Opens a device's connection: continues or starts its session, takes over from an older connection, tells the client.</summary>
public sealed record OpenSession(Caller Caller, IDeviceLink Link) : IRequest<DeviceConnection>;

internal sealed class OpenSessionHandler(
    ISessionStore sessions, DeviceConnections connections, ConnectionEnding ending, FenceCheck fences, FencesElsewhere elsewhere, DeviceAnnouncer announcer,
    IMailbox mailbox, IReceiptStore receipts, IMailboxSignal signal, Limits limits, TimeProvider time)
    : IRequestHandler<OpenSession, DeviceConnection>
{
    public async Task<DeviceConnection> Handle(OpenSession request, CancellationToken cancellationToken)
    {
        var (caller, link) = request;
        var device = caller.Device!;
        var opened = await sessions.OpenAsync(device.Key, device.FamilyId, Ids.New(), time.GetUtcNow()).ConfigureAwait(false);
        var pump = new MailboxPump(mailbox, receipts, signal, link, time, device, limits.WindowBytes);
        var connection = new DeviceConnection(caller, opened.SessionId, opened.Fence, link, pump);
        // The older one's flight is noted before the newer one can resume, so that its entries come with attempt+1.
        if (connections.Attach(connection) is { } older) await ending.EndAsync(older, SessionEndReasons.Replaced).ConfigureAwait(false);
        if (opened.NodeBefore != 0) await elsewhere.TakeOverAsync(opened.NodeBefore, device.Key).ConfigureAwait(false);
        try { await WelcomeAsync(connection, opened, cancellationToken).ConfigureAwait(false); }
        catch
        {
            // The hub closes a connection that could not be opened without telling of its end.
            await ending.CloseAsync(connection).ConfigureAwait(false);
            throw;
        }
        return connection;
    }

    private async Task WelcomeAsync(DeviceConnection connection, OpenedSession opened, CancellationToken cancellationToken)
    {
        var (caller, link) = (connection.Caller, connection.Link);
        var device = caller.Device!;
        // A revocation that was committed before this connection could be found is seen here; a later one finds it.
        if (!await sessions.IsCurrentAsync(device.Key, opened.Fence, cancellationToken).ConfigureAwait(false))
        {
            // The newer connection may have raised the fence and not be among the connections yet.
            await fences.EndAsync(connection, cancellationToken).ConfigureAwait(false);
            return;
        }
        await link.SessionStartedAsync(new(1, opened.SessionId, device.Id, opened.Resumed, device.ExpiresAt, time.GetUtcNow())).ConfigureAwait(false);
        if (opened.StatusChanged) announcer.Changed(caller.UserKey, device.Id);
    }
}
