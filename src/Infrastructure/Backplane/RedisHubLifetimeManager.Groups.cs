namespace RooCoord.Infrastructure.Backplane;

public partial class RedisHubLifetimeManager<THub>
{
    /// <inheritdoc/>
    /// <remarks>Of a connection that is nowhere: nothing happens.</remarks>
    /// <exception cref="IOException">The connection is not on this node, and the backplane or the connection's node is away: whether it joined is unknown.</exception>
    public override Task AddToGroupAsync(string connectionId, string groupName, CancellationToken cancellationToken = default) =>
        _connections.TryGetValue(connectionId, out var local)
            ? JoinAsync(local, groupName) : ChangeElsewhereAsync(FrameKind.Join, connectionId, groupName, cancellationToken);

    /// <inheritdoc/>
    /// <remarks>Of a connection that is nowhere, or not in the group: nothing happens.</remarks>
    /// <exception cref="IOException">The connection is not on this node, and the backplane or the connection's node is away: whether it left is unknown.</exception>
    public override Task RemoveFromGroupAsync(string connectionId, string groupName, CancellationToken cancellationToken = default)
    {
        if (!_connections.TryGetValue(connectionId, out var local))
            return ChangeElsewhereAsync(FrameKind.Leave, connectionId, groupName, cancellationToken);
        _groups.Leave(groupName, local);
        return Task.CompletedTask;
    }

    private async Task JoinAsync(LocalConnection local, string groupName)
    {
        if (!await _groups.JoinAsync(groupName, local, Patience).ConfigureAwait(false) && _pubSub.IsConnected)
            BackplaneLog.GroupNotHeard(_logger, groupName);
    }

    private async Task ChangeElsewhereAsync(FrameKind kind, string connectionId, string groupName, CancellationToken cancellationToken)
    {
        await NeedAnswersAsync().ConfigureAwait(false);
        var call = _calls.Open<bool>(connectionId, isRemote: true);
        try
        {
            var frame = new BackplaneFrame(kind, _node, call.Id, groupName).ToBytes();
            if (await _pubSub.PublishAsync(_channels.Connection(connectionId), frame).ConfigureAwait(false) == 0) return;
            await call.Answer.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            _calls.Close(call);
        }
    }
}
