using System.Buffers;
using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;
using Microsoft.AspNetCore.SignalR;
using Microsoft.AspNetCore.SignalR.Protocol;

namespace RooCoord.Bench.Backplane.Naive;

internal sealed partial class NaiveHubLifetimeManager<THub>
{
    private readonly ConcurrentDictionary<string, Waiting> _waiting = new(StringComparer.Ordinal);
    // Calls of other nodes to connections here: whom to tell the answer.
    private readonly ConcurrentDictionary<string, string> _taken = new(StringComparer.Ordinal);
    private long _last;

    public override Task<T> InvokeConnectionAsync<T>(string connectionId, string methodName, object?[] args, CancellationToken cancellationToken = default) =>
        WaitAsync<T>(async id =>
        {
            var invocation = new InvocationMessage(id, methodName, args);
            if (_connections.TryGetValue(connectionId, out var member)) await member.Context.WriteAsync(new SerializedHubMessage(invocation), cancellationToken);
            else if (await PublishAsync(ConnectionChannel(connectionId), new(NaiveKind.Invocation, id, _node, "", [], Contents(invocation))) == 0)
                throw new IOException($"Connection '{connectionId}' does not exist.");
        }, cancellationToken);

    public override Task SetConnectionResultAsync(string connectionId, CompletionMessage result)
    {
        var id = result.InvocationId!;
        if (_waiting.TryGetValue(id, out var waiting)) waiting.Complete(result);
        else if (_taken.TryRemove(id, out var node)) return PublishAsync(NodeChannel(node), new(NaiveKind.Result, id, _node, "", [], Contents(result)));
        return Task.CompletedTask;
    }

    public override bool TryGetReturnType(string invocationId, [NotNullWhen(true)] out Type? type)
    {
        type = _waiting.TryGetValue(invocationId, out var waiting) ? waiting.Type : _taken.ContainsKey(invocationId) ? typeof(RawResult) : null;
        return type is not null;
    }

    private Task ChangeElsewhereAsync(NaiveKind kind, string connectionId, string group, CancellationToken cancellationToken) =>
        WaitAsync<bool>(async id =>
        {
            var heard = await PublishAsync(ConnectionChannel(connectionId), new(kind, id, _node, group, [], []));
            if (heard == 0 && _waiting.TryGetValue(id, out var waiting)) waiting.Complete(Done(id));
        }, cancellationToken);

    private async Task<T> WaitAsync<T>(Func<string, Task> ask, CancellationToken cancellationToken)
    {
        var id = $"{_node}{Interlocked.Increment(ref _last)}";
        var answer = new TaskCompletionSource<T>(TaskCreationOptions.RunContinuationsAsynchronously);
        _waiting[id] = new(typeof(T), completion =>
        {
            if (completion.Error is { } error) answer.TrySetException(new HubException(error));
            else answer.TrySetResult((T)completion.Result!);
        });
        try
        {
            await ask(id);
            return await answer.Task.WaitAsync(cancellationToken);
        }
        finally
        {
            _waiting.TryRemove(id, out _);
        }
    }

    private async Task OnConnectionFrameAsync(Member member, byte[] payload)
    {
        var frame = NaiveFrame.Read(payload);
        switch (frame.Kind)
        {
            case NaiveKind.Invocation:
                _taken[frame.Id] = frame.Node;
                await member.Context.WriteAsync(new SerializedHubMessage(frame.Contents));
                break;
            case NaiveKind.Join:
                await JoinAsync(member, frame.Text);
                await PublishAsync(NodeChannel(frame.Node), new(NaiveKind.Done, frame.Id, _node, "", [], []));
                break;
            case NaiveKind.Leave:
                await LeaveAsync(member, frame.Text);
                await PublishAsync(NodeChannel(frame.Node), new(NaiveKind.Done, frame.Id, _node, "", [], []));
                break;
            default:
                await member.Context.WriteAsync(new SerializedHubMessage(frame.Contents));
                break;
        }
    }

    private Task OnNodeFrameAsync(byte[] payload)
    {
        var frame = NaiveFrame.Read(payload);
        if (!_waiting.TryGetValue(frame.Id, out var waiting)) return Task.CompletedTask;
        if (frame.Kind == NaiveKind.Done) waiting.Complete(Done(frame.Id));
        foreach (var content in frame.Contents)
        {
            var bytes = new ReadOnlySequence<byte>(content.Serialized);
            if (_protocols.GetProtocol(content.ProtocolName, null)!.TryParseMessage(ref bytes, new ResultBinder(waiting.Type), out var message) && message is CompletionMessage completion)
                waiting.Complete(completion);
        }
        return Task.CompletedTask;
    }

    private static CompletionMessage Done(string id) => CompletionMessage.WithResult(id, true);

    private sealed record Waiting(Type Type, Action<CompletionMessage> Complete);

    private sealed class ResultBinder(Type type) : IInvocationBinder
    {
        public Type GetReturnType(string invocationId) => type;

        public IReadOnlyList<Type> GetParameterTypes(string methodName) => [];

        public Type GetStreamItemType(string streamId) => type;
    }
}
