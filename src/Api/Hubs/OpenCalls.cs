using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.SignalR;
using RooCoord.Domain;

namespace RooCoord.Api.Hubs;

/// <summary>The calls of one connection that were begun and are not answered yet.</summary>
internal sealed class OpenCalls
{
    private readonly Lock _gate = new();
    private TaskCompletionSource? _answered;
    private int _open;

    /// <summary>How many there are.</summary>
    public int Count { get { lock (_gate) return _open; } }

    /// <summary>A call begins; false once closed.</summary>
    public bool TryBegin()
    {
        lock (_gate)
        {
            if (_answered is not null) return false;
            _open++;
            return true;
        }
    }

    /// <summary>What a call hears that comes after the close.</summary>
    public static Fault Closed() => new(FaultCode.Unavailable, "the server is stopping; send again with the same id on the next connection");

    /// <summary>A call was answered.</summary>
    public void End()
    {
        lock (_gate)
            if (--_open == 0) _answered?.TrySetResult();
    }

    /// <summary>Lets no further call begin; ends once all that were begun are answered.</summary>
    public Task CloseAsync()
    {
        lock (_gate)
        {
            _answered ??= new(TaskCreationOptions.RunContinuationsAsynchronously);
            if (_open == 0) _answered.TrySetResult();
            return _answered.Task;
        }
    }
}

/// <summary>Counts the calls of a connection; the hub tells when each was answered.</summary>
internal sealed class CallCounter : IHubFilter
{
    public ValueTask<object?> InvokeMethodAsync(HubInvocationContext invocationContext, Func<HubInvocationContext, ValueTask<object?>> next)
    {
        var calls = invocationContext.Context.Features.GetRequiredFeature<OpenCalls>();
        if (!calls.TryBegin()) throw OpenCalls.Closed();
        ((DeviceHub)invocationContext.Hub).Begun = calls;
        return next(invocationContext);
    }
}
