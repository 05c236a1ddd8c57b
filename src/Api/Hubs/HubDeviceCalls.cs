using Microsoft.AspNetCore.SignalR;
using RooCoord.Application.Calls;
using RooCoord.Contracts;

namespace RooCoord.Api.Hubs;

/// <summary>
/// Calls through the clients of one hub invocation: only these give the invocation's place among the connection's parallel
/// ones back while it waits. Disposed with the hub, once the answer is written: until then it is held in memory and counts.
/// </summary>
internal sealed class HubDeviceCalls(IHubCallerClients<IDeviceClient> clients, ClientCalls caller) : IDeviceCalls, IDisposable
{
    private bool _waiting;

    public Task<JsonText> OnCallAsync(CalledDevice device, string method, JsonText body, CancellationToken cancellationToken)
    {
        caller.Waiting.Enter();
        _waiting = true;
        return clients.Client(device.ConnectionId ?? RemoteConnections.IdOf(device.Elsewhere)).OnCall(method, body, cancellationToken);
    }

    public void Dispose()
    {
        if (_waiting) caller.Waiting.Leave();
    }
}
