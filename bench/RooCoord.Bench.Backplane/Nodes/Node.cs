using Microsoft.AspNetCore.SignalR;
using Microsoft.AspNetCore.SignalR.Protocol;

namespace RooCoord.Bench.Backplane.Nodes;

/// <summary>One node: a hub's manager with Redis connections of its own.</summary>
internal abstract class Node : IAsyncDisposable
{
    private readonly List<Client> _clients = [];

    public abstract HubLifetimeManager<Hub> Hub { get; }

    public async Task<Client> ConnectAsync(string? user = null)
    {
        var client = new Client(user);
        _clients.Add(client);
        await Hub.OnConnectedAsync(client.Context).WaitAsync(Client.Deadline);
        return client;
    }

    /// <summary>A client in the group.</summary>
    public async Task<Client> JoinAsync(string group, string? user = null)
    {
        var client = await ConnectAsync(user);
        await Hub.AddToGroupAsync(client.Id, group).WaitAsync(Client.Deadline);
        return client;
    }

    /// <summary>Its Redis connections close; it says goodbye to nobody and answers nothing.</summary>
    public abstract ValueTask DieAsync();

    protected abstract ValueTask StopAsync();

    public async ValueTask DisposeAsync()
    {
        foreach (var client in _clients) client.Dispose();
        await StopAsync();
    }

    /// <summary>JSON alone.</summary>
    protected sealed class JsonProtocols : IHubProtocolResolver
    {
        public IReadOnlyList<IHubProtocol> AllProtocols { get; } = [Client.Json];

        public IHubProtocol? GetProtocol(string protocolName, IReadOnlyList<string>? supportedProtocols) => protocolName == Client.Json.Name ? Client.Json : null;
    }
}
