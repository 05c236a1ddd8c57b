using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;
using Microsoft.AspNetCore.SignalR;
using Microsoft.AspNetCore.SignalR.Protocol;
using RooCoord.Infrastructure.PubSub;

namespace RooCoord.Infrastructure.Backplane;

public partial class RedisHubLifetimeManager<THub>
{
    // Answers that could not be sent, for when the backplane is back; after some seconds nobody waits for them.
    private const int UnsentAnswers = 1000;
    private readonly ConcurrentQueue<(string Channel, byte[] Frame)> _unsent = new();
    private readonly PendingCalls _calls;
    // Calls of other nodes to connections here.
    private readonly ConcurrentDictionary<string, (LocalConnection Connection, Guid Caller)> _taken = new(StringComparer.Ordinal);

    /// <inheritdoc/>
    /// <exception cref="IOException">The connection does not exist or ends; or its node dies (noticed within 5 s); or it is on another node and the backplane is away.</exception>
    /// <exception cref="HubException">The client answered with an error, or the wait was cancelled.</exception>
    public override Task<T> InvokeConnectionAsync<T>(string connectionId, string methodName, object?[] args, CancellationToken cancellationToken = default) =>
        _connections.TryGetValue(connectionId, out var local)
            ? InvokeHereAsync<T>(local, methodName, args, cancellationToken)
            : InvokeElsewhereAsync<T>(connectionId, methodName, args, cancellationToken);

    /// <inheritdoc/>
    public override Task SetConnectionResultAsync(string connectionId, CompletionMessage result)
    {
        var id = result.InvocationId!;
        // Ids can be guessed: only the connection that was asked may answer.
        if (_calls.TryGet(id, out var call))
        {
            if (call.ConnectionId != connectionId) throw new InvalidOperationException($"Connection '{connectionId}' was not asked '{id}'.");
            call.Complete(result);
        }
        else if (_taken.TryGetValue(id, out var taken))
        {
            if (taken.Connection.Id != connectionId) throw new InvalidOperationException($"Connection '{connectionId}' was not asked '{id}'.");
            if (_taken.TryRemove(id, out _)) _ = AnswerAsync(taken.Caller, ResultFrame(taken.Connection, id, result));
        }
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public override bool TryGetReturnType(string invocationId, [NotNullWhen(true)] out Type? type)
    {
        // What another node asked for is that node's to read.
        type = _calls.TryGet(invocationId, out var call) ? call.ResultType : _taken.ContainsKey(invocationId) ? typeof(RawResult) : null;
        return type is not null;
    }

    private async Task<T> InvokeHereAsync<T>(LocalConnection local, string methodName, object?[] args, CancellationToken cancellationToken)
    {
        var call = _calls.Open<T>(local.Id, isRemote: false);
        try
        {
            var message = new SerializedHubMessage(new InvocationMessage(call.Id, methodName, args));
            message.GetSerializedMessage(local.Context.Protocol);
            local.Write(message);
            // It may have gone before the call was there to be failed.
            if (local.HasLeft || local.Context.ConnectionAborted.IsCancellationRequested) call.Fail(Disconnected(local.Id));
            return await call.Answer.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (OperationCanceledException exception) when (cancellationToken.IsCancellationRequested) { throw Cancelled(exception); }
        finally
        {
            _calls.Close(call);
        }
    }

    private async Task<T> InvokeElsewhereAsync<T>(string connectionId, string methodName, object?[] args, CancellationToken cancellationToken)
    {
        await NeedAnswersAsync().ConfigureAwait(false);
        var call = _calls.Open<T>(connectionId, isRemote: true);
        try
        {
            var frame = FrameOf(FrameKind.Invocation, new(new InvocationMessage(call.Id, methodName, args)), call.Id, []);
            if (await _pubSub.PublishAsync(_channels.Connection(connectionId), frame).ConfigureAwait(false) == 0)
                throw new IOException($"Connection '{connectionId}' does not exist.");
            return await call.Answer.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (OperationCanceledException exception) when (cancellationToken.IsCancellationRequested)
        {
            _ = HintAsync(_channels.Connection(connectionId), new BackplaneFrame(FrameKind.Cancel, _node, call.Id).ToBytes());
            throw Cancelled(exception);
        }
        finally
        {
            _calls.Close(call);
        }
    }

    private async Task NeedAnswersAsync()
    {
        if (!_pubSub.IsConnected) throw new PubSubUnavailableException("The connection is not on this node, and the backplane is away.");
        if (!await ReadyAsync().ConfigureAwait(false))
            throw new PubSubUnavailableException("The connection is not on this node, and the backplane does not confirm this node's subscriptions.");
    }

    private void EndCalls(LocalConnection local)
    {
        _calls.Fail(call => !call.IsRemote && call.ConnectionId == local.Id, call => Disconnected(call.ConnectionId));
        foreach (var (id, taken) in _taken)
            if (taken.Connection == local && _taken.TryRemove(id, out _)) _ = AnswerAsync(taken.Caller, new(FrameKind.Ended, _node, id));
    }

    // SignalR's own manager takes this type too.
    private static HubException Cancelled(Exception exception) => new("The wait for the client's answer was cancelled.", exception);

    private static IOException Disconnected(string connectionId) => new($"Connection '{connectionId}' disconnected.");

    private BackplaneFrame ResultFrame(LocalConnection connection, string id, CompletionMessage result)
    {
        // The connection's own may be a wrapper; the other node knows the registered ones.
        var protocol = _protocols.GetProtocol(connection.Context.Protocol.Name, null) ?? connection.Context.Protocol;
        return new(FrameKind.Result, _node, id, Contents: [new(protocol.Name, protocol.GetMessageBytes(result))]);
    }

    private async Task AnswerAsync(Guid caller, BackplaneFrame frame)
    {
        var (channel, bytes) = (_channels.Node(caller.ToString("N")), frame.ToBytes());
        try { await _pubSub.PublishAsync(channel, bytes).ConfigureAwait(false); }
        catch (PubSubUnavailableException)
        {
            _unsent.Enqueue((channel, bytes));
            while (_unsent.Count > UnsentAnswers && _unsent.TryDequeue(out _)) { }
        }
    }
}
