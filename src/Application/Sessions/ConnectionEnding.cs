using RooCoord.Application.Messages;
using RooCoord.Domain.Messages;

namespace RooCoord.Application.Sessions;

/// <summary>Ends connections: fences them off, returns their flight to the mailbox, tells the client why.</summary>
internal sealed class ConnectionEnding(IMailbox mailbox)
{
    /// <summary>Ends a connection from the server's side.</summary>
    public async Task EndAsync(DeviceConnection connection, string reason)
    {
        try { await ReturnFlightAsync(connection).ConfigureAwait(false); }
        finally { connection.Link.End(reason); }
    }

    /// <summary>Stops delivery and notes what was in flight; only the first call for a connection does.</summary>
    public async Task ReturnFlightAsync(DeviceConnection connection)
    {
        if (!connection.Supersede()) return;
        if (FlightReturn.Of(connection.Pump.Stop()) is { } flight)
            await mailbox.ReturnAsync(connection.Holder, flight, connectionEnded: true).ConfigureAwait(false);
    }
}
