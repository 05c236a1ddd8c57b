using System.Buffers;
using Microsoft.AspNetCore.SignalR;
using Microsoft.AspNetCore.SignalR.Protocol;

namespace RooCoord.Infrastructure.Backplane;

// Everything here runs on the connection's inbox, one at a time: nothing waits.
public partial class RedisHubLifetimeManager<THub>
{
    private void OnAllFrame(byte[] payload) => OnHint(payload, _connections);

    private void OnGroupFrame(string name, byte[] payload) => OnHint(payload, _groups.Of(name));

    private void OnUserFrame(string id, byte[] payload) => OnHint(payload, _users.Of(id));

    private void OnHint(byte[] payload, IEnumerable<KeyValuePair<string, LocalConnection>> connections)
    {
        // The connections here were written to when it was sent.
        if (BackplaneFrame.IsFrom(payload, _node) || !TryRead(payload, out var frame)) return;
        if (frame.Kind == FrameKind.Message) Write(connections, new(frame.Contents!), frame.Excluded!);
    }

    private void OnConnectionFrame(LocalConnection local, byte[] payload)
    {
        if (!TryRead(payload, out var frame)) return;
        switch (frame.Kind)
        {
            case FrameKind.Message:
                local.Write(new(frame.Contents!));
                break;
            case FrameKind.Invocation:
                _taken[frame.Id] = (local, frame.Node);
                _ = AnswerAsync(frame.Node, new(FrameKind.Accepted, _node, frame.Id));
                local.Write(new(frame.Contents!));
                if (local.HasLeft || local.Context.ConnectionAborted.IsCancellationRequested) EndCalls(local);
                break;
            case FrameKind.Cancel:
                _taken.TryRemove(frame.Id, out _);
                break;
            case FrameKind.Join:
                _ = JoinForAsync(local, frame);
                break;
            case FrameKind.Leave:
                _groups.Leave(frame.Text, local);
                _ = AnswerAsync(frame.Node, new(FrameKind.Done, _node, frame.Id));
                break;
        }
    }

    private async Task JoinForAsync(LocalConnection local, BackplaneFrame frame)
    {
        await JoinAsync(local, frame.Text).ConfigureAwait(false);
        await AnswerAsync(frame.Node, new(FrameKind.Done, _node, frame.Id)).ConfigureAwait(false);
    }

    private void OnNodeFrame(byte[] payload)
    {
        if (!TryRead(payload, out var frame)) return;
        if (!_calls.TryGet(frame.Id, out var call)) return;
        switch (frame.Kind)
        {
            case FrameKind.Accepted:
                call.TakenUpBy(frame.Node);
                break;
            case FrameKind.Done:
                call.Acknowledge();
                break;
            case FrameKind.Ended:
                call.Fail(Disconnected(call.ConnectionId));
                break;
            case FrameKind.Result:
                Complete(call, frame.Contents!);
                break;
        }
    }

    private void Complete(PendingCall call, IReadOnlyList<SerializedMessage> contents)
    {
        try
        {
            foreach (var content in contents)
            {
                var bytes = new ReadOnlySequence<byte>(content.Serialized);
                if (_protocols.GetProtocol(content.ProtocolName, null) is not { } protocol
                    || !protocol.TryParseMessage(ref bytes, new ResultBinder(call), out var message)) continue;
                if (message is CompletionMessage completion) call.Complete(completion);
                return;
            }
            call.Fail(new IOException("The client's answer came in a protocol that this node does not know."));
        }
        catch (Exception exception) when (exception is InvalidDataException or System.Text.Json.JsonException or InvalidOperationException)
        {
            call.Fail(new IOException("The client's answer could not be read.", exception));
        }
    }

    private bool TryRead(byte[] payload, out BackplaneFrame frame)
    {
        if (BackplaneFrame.TryRead(payload, out frame))
        {
            // Whatever a node sends shows that it lives.
            if (frame.Node != _node) _pulses.Heard(frame.Node);
            return true;
        }
        BackplaneLog.Malformed(_logger, payload.Length);
        return false;
    }

    private sealed class ResultBinder(PendingCall call) : IInvocationBinder
    {
        public Type GetReturnType(string invocationId) => call.ResultType;

        public IReadOnlyList<Type> GetParameterTypes(string methodName) => throw new InvalidDataException("An answer was expected.");

        public Type GetStreamItemType(string streamId) => throw new InvalidDataException("An answer was expected.");
    }
}
