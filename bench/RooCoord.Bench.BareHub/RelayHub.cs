using System.Text.Json;
using Microsoft.AspNetCore.SignalR;

namespace RooCoord.Bench.BareHub;

/// <summary>What a message carries when nothing is stored, ordered, acknowledged or checked.</summary>
/// <param name="Id">Made by the sender.</param>
/// <param name="Type">What it is about.</param>
/// <param name="Body">Any JSON.</param>
public sealed record RelayEnvelope(string Id, string Type, JsonElement Body);

/// <summary>The floor: the least that a SignalR hub can do to relay a message from one client to another.</summary>
public sealed class RelayHub : Hub
{
    /// <summary>Forwards <paramref name="envelope"/> to every connection of <paramref name="to"/>.</summary>
    public Task Send(string to, RelayEnvelope envelope) =>
        Clients.User(to).SendAsync("Message", envelope, Context.ConnectionAborted);
}
