using System.Collections.Concurrent;
using System.Diagnostics;
using System.Diagnostics.CodeAnalysis;
using Microsoft.AspNetCore.SignalR;
using Microsoft.AspNetCore.SignalR.Protocol;

namespace RooCoord.Infrastructure.Backplane;

/// <summary>What this node waits for: answers of clients, and acknowledgements of other nodes.</summary>
internal sealed class PendingCalls(Guid node)
{
    private readonly ConcurrentDictionary<string, PendingCall> _open = new(StringComparer.Ordinal);
    private readonly string _prefix = node.ToString("N");
    private long _last;

    /// <summary>Opens one, under an id that no other node gives.</summary>
    public PendingCall<T> Open<T>(string connectionId, bool isRemote)
    {
        var call = new PendingCall<T>($"{_prefix}{Interlocked.Increment(ref _last)}", connectionId, isRemote);
        _open[call.Id] = call;
        return call;
    }

    public bool TryGet(string id, [NotNullWhen(true)] out PendingCall? call) => _open.TryGetValue(id, out call);

    public void Close(PendingCall call) => _open.TryRemove(call.Id, out _);

    /// <summary>Fails all that <paramref name="which"/> says.</summary>
    public void Fail(Func<PendingCall, bool> which, Func<PendingCall, Exception> why)
    {
        foreach (var (_, call) in _open)
            if (which(call)) call.Fail(why(call));
    }
}

/// <summary>One wait, for the connection's answer or for the acknowledgement of the node that holds it.</summary>
internal abstract class PendingCall(string id, string connectionId, bool isRemote)
{
    private readonly long _began = Stopwatch.GetTimestamp();

    public string Id => id;
    public string ConnectionId => connectionId;
    public bool IsRemote => isRemote;
    public TimeSpan Age => Stopwatch.GetElapsedTime(_began);

    /// <summary>The node that has taken it up; null: none yet.</summary>
    public Guid? Node => Holder?.Id;

    private NodeId? Holder { get; set; }

    public abstract Type ResultType { get; }

    public void TakenUpBy(Guid node) => Holder = new(node);

    public abstract void Complete(CompletionMessage completion);

    /// <summary>Completes what waits for no value.</summary>
    public abstract void Acknowledge();

    public abstract void Fail(Exception exception);

    // A reference, so that it is read whole.
    private sealed record NodeId(Guid Id);
}

/// <inheritdoc/>
internal sealed class PendingCall<T>(string id, string connectionId, bool isRemote) : PendingCall(id, connectionId, isRemote)
{
    private readonly TaskCompletionSource<T> _answer = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public Task<T> Answer => _answer.Task;

    public override Type ResultType => typeof(T);

    public override void Complete(CompletionMessage completion)
    {
        if (completion.HasResult && completion.Result is T or null && completion.Error is null) _answer.TrySetResult((T)completion.Result!);
        else _answer.TrySetException(new HubException(completion.Error ?? "The client answered with no result of the expected type."));
    }

    public override void Acknowledge() => _answer.TrySetResult(default!);

    public override void Fail(Exception exception) => _answer.TrySetException(exception);
}
