using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;
using Microsoft.AspNetCore.SignalR;
using Microsoft.AspNetCore.SignalR.Protocol;
using Microsoft.Extensions.Options;
using RooCoord.Api.Auth;
using RooCoord.Application;
using RooCoord.Application.Cluster;
using RooCoord.Application.Rates;
using RooCoord.Contracts;
using RooCoord.Domain;

namespace RooCoord.Api.Hubs;

/// <summary>
/// What this hub adds to a lifetime manager of SignalR's, in-process or a backplane's: lets the hub reach its connection, for
/// envelopes written as bytes; hands client results on as their text, from devices of other nodes too; and counts calls that
/// reach no method.
/// </summary>
internal sealed class DeviceHubLifetimeManager(
    HubLifetimeManager<DeviceHub> inner, ILogger<WrongCallGuard> guardLogger, ILogger<DirectCalls> directLogger,
    DirectMediator mediator, INodeBus bus, Limits limits, CallRates rates, IOptions<HubOptions> options)
    : HubLifetimeManager<DeviceHub>
{
    private readonly ConcurrentDictionary<string, ClientCalls> _calls = new(StringComparer.Ordinal);

    public override Task OnConnectedAsync(HubConnectionContext connection)
    {
        connection.Features.Set(connection);
        connection.Features.Set(new OpenCalls());
        connection.Features.Set(_calls[connection.ConnectionId] = new(connection, limits));
        if (rates.AreLimited)
            connection.Protocol = new WrongCallGuard(connection.Protocol, connection, connection.GetHttpContext()!.Caller(), rates, guardLogger);
        connection.Protocol = new DirectCalls(connection.Protocol, connection, mediator, rates, directLogger);
        SilenceWatch.Watch(connection, options.Value.ClientTimeoutInterval!.Value);
        return inner.OnConnectedAsync(connection);
    }

    public override Task OnDisconnectedAsync(HubConnectionContext connection)
    {
        if (_calls.TryRemove(connection.ConnectionId, out var calls)) calls.End();
        return inner.OnDisconnectedAsync(connection);
    }

    // `OnCall` is the only client method that returns a value, so T is always JsonText.
    public override async Task<T> InvokeConnectionAsync<T>(string connectionId, string methodName, object?[] args, CancellationToken cancellationToken = default)
    {
        if (RemoteConnections.TryRead(connectionId, out var place)) return (T)(object)await AskAsync(place, (string)args[0]!, (JsonText)args[1]!, cancellationToken).ConfigureAwait(false);
        if (!_calls.TryGetValue(connectionId, out var calls)) throw new Fault(FaultCode.Offline, "the device is not connected");
        return (T)(object)await calls.InvokeAsync(methodName, args, cancellationToken).ConfigureAwait(false);
    }

    private async Task<JsonText> AskAsync(DevicePlace place, string method, JsonText body, CancellationToken cancellationToken)
    {
        try { return new(await bus.AskAsync(place.Node, new DeviceCall(place.DeviceKey, method, body.Utf8), cancellationToken).ConfigureAwait(false)); }
        catch (Fault fault) when (fault.Code == FaultCode.Unavailable)
        {
            throw new Fault(FaultCode.Offline, "the node that held the device cannot be reached", fault);
        }
    }

    public override Task SetConnectionResultAsync(string connectionId, CompletionMessage result)
    {
        if (_calls.TryGetValue(connectionId, out var calls)) calls.Answer(result);
        return Task.CompletedTask;
    }

    // Whether anybody still waits is the connection's to know: a late answer is read like any other and then dropped.
    public override bool TryGetReturnType(string invocationId, [NotNullWhen(true)] out Type? type)
    {
        type = typeof(RawResult);
        return true;
    }

    public override Task SendAllAsync(string methodName, object?[] args, CancellationToken cancellationToken = default) => inner.SendAllAsync(methodName, args, cancellationToken);

    public override Task SendAllExceptAsync(string methodName, object?[] args, IReadOnlyList<string> excludedConnectionIds, CancellationToken cancellationToken = default) =>
        inner.SendAllExceptAsync(methodName, args, excludedConnectionIds, cancellationToken);

    public override Task SendConnectionAsync(string connectionId, string methodName, object?[] args, CancellationToken cancellationToken = default) =>
        inner.SendConnectionAsync(connectionId, methodName, args, cancellationToken);

    public override Task SendConnectionsAsync(IReadOnlyList<string> connectionIds, string methodName, object?[] args, CancellationToken cancellationToken = default) =>
        inner.SendConnectionsAsync(connectionIds, methodName, args, cancellationToken);

    public override Task SendGroupAsync(string groupName, string methodName, object?[] args, CancellationToken cancellationToken = default) =>
        inner.SendGroupAsync(groupName, methodName, args, cancellationToken);

    public override Task SendGroupsAsync(IReadOnlyList<string> groupNames, string methodName, object?[] args, CancellationToken cancellationToken = default) =>
        inner.SendGroupsAsync(groupNames, methodName, args, cancellationToken);

    public override Task SendGroupExceptAsync(
        string groupName, string methodName, object?[] args, IReadOnlyList<string> excludedConnectionIds, CancellationToken cancellationToken = default) =>
        inner.SendGroupExceptAsync(groupName, methodName, args, excludedConnectionIds, cancellationToken);

    public override Task SendUserAsync(string userId, string methodName, object?[] args, CancellationToken cancellationToken = default) =>
        inner.SendUserAsync(userId, methodName, args, cancellationToken);

    public override Task SendUsersAsync(IReadOnlyList<string> userIds, string methodName, object?[] args, CancellationToken cancellationToken = default) =>
        inner.SendUsersAsync(userIds, methodName, args, cancellationToken);

    public override Task AddToGroupAsync(string connectionId, string groupName, CancellationToken cancellationToken = default) =>
        inner.AddToGroupAsync(connectionId, groupName, cancellationToken);

    public override Task RemoveFromGroupAsync(string connectionId, string groupName, CancellationToken cancellationToken = default) =>
        inner.RemoveFromGroupAsync(connectionId, groupName, cancellationToken);
}
