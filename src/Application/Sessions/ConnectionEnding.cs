using System.Collections.Concurrent;
using RooCoord.Application.Cluster;
using RooCoord.Application.Devices;
using RooCoord.Application.Messages;
using RooCoord.Domain;
using RooCoord.Domain.Messages;

namespace RooCoord.Application.Sessions;

/// <summary>
/// Ends connections: fences them off, returns their flight to the mailbox, tells the client why, notes the end.
/// What the database cannot take now is tried again until it can (<see cref="TryAgainAsync"/>).
/// </summary>
internal sealed class ConnectionEnding(
    IMailbox mailbox, ISessionStore sessions, DeviceConnections connections, FencesElsewhere elsewhere, DeviceAnnouncer announcer, TimeProvider time)
{
    private static readonly TimeSpan LastCalls = TimeSpan.FromSeconds(1);

    private readonly ConcurrentQueue<DeviceConnection> _unfinished = [];

    /// <summary>Ends a connection from the server's side; ends once its flight is returned, or could not be.</summary>
    public async Task EndAsync(DeviceConnection connection, string reason, bool late = false)
    {
        try { await ReturnFlightAsync(connection, late).ConfigureAwait(false); }
        catch (Fault) { /* The close that follows tries again. */ }
        finally { connection.Link.End(reason); }
    }

    /// <summary>Ends a device's connection, whose fence was raised, if <paramref name="wanted"/>; on whichever node it is.</summary>
    public async Task EndAsync(long deviceKey, Func<DeviceConnection, bool> wanted, string reason)
    {
        if (connections.Find(deviceKey) is not { IsCurrent: true } connection) elsewhere.Raised(deviceKey);
        else if (wanted(connection)) await EndAsync(connection, reason).ConfigureAwait(false);
    }

    /// <summary>Lets a connection go that may settle nothing any more, with leave to reconnect.</summary>
    public async Task LetGoAsync(DeviceConnection connection)
    {
        try { await ReturnFlightAsync(connection, late: true).ConfigureAwait(false); }
        catch (Fault) { /* The close that follows tries again. */ }
        finally { await connection.Link.CloseAsync(LastCalls).ConfigureAwait(false); }
    }

    /// <summary>Ends all of a user's connections, whose fences were raised, on all nodes.</summary>
    public Task EndAllAsync(long userKey, string reason)
    {
        elsewhere.RaisedOfUser(userKey);
        return Task.WhenAll(connections.All.Where(c => c.UserKey == userKey).Select(c => EndAsync(c, reason)));
    }

    /// <summary>Notes that a connection ended.</summary>
    public Task CloseAsync(DeviceConnection connection) => CloseAsync(connection, late: false);

    private async Task CloseAsync(DeviceConnection connection, bool late)
    {
        try
        {
            await ReturnFlightAsync(connection, late).ConfigureAwait(false);
            if (await sessions.CloseAsync(connection.DeviceKey, connection.Fence, time.GetUtcNow()).ConfigureAwait(false))
                announcer.Changed(connection.UserKey, connection.DeviceId);
        }
        catch (Fault) { _unfinished.Enqueue(connection); }
        finally { connections.Detach(connection); }
    }

    /// <summary>Closes again what the database did not take.</summary>
    public async Task TryAgainAsync()
    {
        for (var count = _unfinished.Count; count > 0 && _unfinished.TryDequeue(out var connection); count--)
            await CloseAsync(connection, late: true).ConfigureAwait(false);
    }

    // Everyone who ends a connection waits for the same return: a newer connection must not read entries before their attempt is counted.
    // Late, the same entries may be in flight on a newer one: their TTL is left to the sweeper, which knows.
    private Task ReturnFlightAsync(DeviceConnection connection, bool late) => connection.ReturnFlight(entries =>
        FlightReturn.Of(entries) is { } flight ? mailbox.ReturnAsync(connection.Holder, flight, connectionEnded: !late) : Task.CompletedTask);
}
