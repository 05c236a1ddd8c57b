using System.Collections.Concurrent;
using System.Globalization;
using System.Text.Unicode;
using Microsoft.AspNetCore.SignalR;
using Microsoft.AspNetCore.SignalR.Protocol;
using RooCoord.Application;
using RooCoord.Contracts;
using RooCoord.Domain;

namespace RooCoord.Api.Hubs;

/// <summary>
/// The calls of one connection: those it waits for, and those it owes an answer. Their ids are the connection's own, so that
/// nothing shows how many calls others make.
/// </summary>
internal sealed class ClientCalls
{
    private readonly ConcurrentDictionary<string, TaskCompletionSource<CompletionMessage?>> _owed = new(StringComparer.Ordinal);
    private readonly HubConnectionContext _connection;
    private readonly Limits _limits;
    private readonly CallPlaces _places;
    private long _last;
    private volatile bool _open, _ended;

    public ClientCalls(HubConnectionContext connection, Limits limits)
    {
        (_connection, _limits) = (connection, limits);
        _places = new(limits.PendingCalls, "calls wait for this device");
        Waiting = new(limits.PendingCalls, "calls of this connection wait");
        connection.ConnectionAborted.UnsafeRegister(static calls => ((ClientCalls)calls!).End(), this);
    }

    /// <summary>Places of the calls this connection waits for.</summary>
    public CallPlaces Waiting { get; }

    /// <summary>The session has been told: the device can be called.</summary>
    public void Open() => _open = true;

    /// <summary>Calls a client method that returns a value.</summary>
    public async Task<JsonText> InvokeAsync(string method, object?[] arguments, CancellationToken cancellationToken)
    {
        if (!_open) throw Gone();
        _places.Enter();
        var id = Interlocked.Increment(ref _last).ToString(CultureInfo.InvariantCulture);
        var answer = _owed[id] = new(TaskCreationOptions.RunContinuationsAsynchronously);
        var writing = Task.CompletedTask;
        try
        {
            if (_ended) throw Gone();
            using var cancelling = cancellationToken.UnsafeRegister(static (a, token) => ((TaskCompletionSource<CompletionMessage?>)a!).TrySetCanceled(token), answer);
            // Without the token: SignalR closes a connection on which a write is cancelled, and this one is another device's.
            writing = _connection.WriteAsync(new InvocationMessage(id, method, arguments), CancellationToken.None).AsTask();
            return Read(await answer.Task.ConfigureAwait(false) ?? throw Gone());
        }
        finally
        {
            _owed.TryRemove(id, out _);
            _ = LeaveAfterAsync(writing);
        }
    }

    /// <summary>Takes an answer; one that nobody waits for changes nothing.</summary>
    public void Answer(CompletionMessage completion)
    {
        if (_owed.TryGetValue(completion.InvocationId!, out var answer)) answer.TrySetResult(completion);
    }

    /// <summary>No answer will come any more.</summary>
    public void End()
    {
        _ended = true;
        foreach (var answer in _owed.Values) answer.TrySetResult(null);
    }

    // What a socket has not taken yet is still held in memory, whoever has stopped waiting.
    private async Task LeaveAfterAsync(Task writing)
    {
        try { await writing.ConfigureAwait(false); }
        finally { _places.Leave(); }
    }

    private JsonText Read(CompletionMessage completion)
    {
        if (!completion.HasResult || completion.Result is not RawResult { RawSerializedData.First: var text })
            throw new Fault(FaultCode.Failed, "the device has no handler for the call, or it failed, or it returned nothing");
        if (!Utf8.IsValid(text.Span)) throw new Fault(FaultCode.Failed, "the answer is not valid UTF-8");
        return _limits.BodyBytes > 0 && text.Length > _limits.BodyBytes
            ? throw new Fault(FaultCode.Failed, $"the answer has {text.Length} bytes, the limit is {_limits.BodyBytes}")
            : new(text);
    }

    private static Fault Gone() => new(FaultCode.Offline, "the device is not connected");
}

/// <summary>A bounded number of places; 0: no bound.</summary>
internal sealed class CallPlaces(int limit, string taken)
{
    private static readonly TimeSpan TryAgain = TimeSpan.FromSeconds(1);
    private int _count;

    public int Count => Volatile.Read(ref _count);

    public void Enter()
    {
        if (Interlocked.Increment(ref _count) <= limit || limit == 0) return;
        Leave();
        throw Fault.RateLimited(TryAgain, $"{limit} {taken}");
    }

    public void Leave() => Interlocked.Decrement(ref _count);
}
