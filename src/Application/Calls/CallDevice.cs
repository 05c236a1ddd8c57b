using System.Text.Unicode;
using MediatR;
using RooCoord.Application.Cluster;
using RooCoord.Application.Devices;
using RooCoord.Application.Sessions;
using RooCoord.Contracts;
using RooCoord.Domain;

namespace RooCoord.Application.Calls;

/// <summary>Asks another device of the user and returns its answer. <paramref name="Calls"/> is the way out of the call this is asked in.</summary>
public sealed record CallDevice(DeviceConnection Connection, IDeviceCalls Calls, string? Device, string? Method, JsonText Body, double TimeoutSeconds)
    : IRequest<JsonText>;

internal sealed class CallDeviceHandler(DeviceConnections connections, DeviceDirectory directory, IDeviceStore devices, Limits limits, TimeProvider time)
    : IRequestHandler<CallDevice, JsonText>
{
    public async Task<JsonText> Handle(CallDevice request, CancellationToken cancellationToken)
    {
        var (caller, calls, _, _, body, seconds) = request;
        caller.RequireCurrent();
        var device = Text.Require(request.Device, "device", 1, 64);
        var method = Text.Require(request.Method, "method", 1, 128);
        if (!Utf8.IsValid(body.Utf8.Span)) throw Fault.Invalid("`body` is not valid UTF-8");
        if (limits.BodyBytes > 0 && body.Utf8.Length > limits.BodyBytes)
            throw new Fault(FaultCode.TooLarge, $"the body has {body.Utf8.Length} bytes, the limit is {limits.BodyBytes}");
        if (!(seconds > 0 && seconds <= limits.LongestCall)) throw Fault.Invalid($"`timeoutSeconds` must be more than 0 and at most {limits.LongestCall}");
        if (device == caller.DeviceId) throw Fault.Invalid("a device cannot call itself");

        using var timeout = new CancellationTokenSource(TimeSpan.FromSeconds(seconds), time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, cancellationToken);
        try
        {
            var called = await FindAsync(caller.UserKey, device, either.Token).ConfigureAwait(false);
            return await calls.OnCallAsync(called, method, body, either.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException exception)
        {
            // Of the two nobody reads the second: its connection is gone.
            throw timeout.IsCancellationRequested
                ? new Fault(FaultCode.Timeout, $"the device did not answer within {seconds} s", exception)
                : new Fault(FaultCode.Offline, "the calling connection ended", exception);
        }
    }

    private async Task<CalledDevice> FindAsync(long userKey, string device, CancellationToken cancellationToken)
    {
        // A connected device of this user needs no question to the database.
        if (connections.FindById(device) is { IsCurrent: true } target && target.UserKey == userKey) return new(target.Link.ConnectionId);
        if (await directory.FindAsync(userKey, device, mayRemember: false, cancellationToken).ConfigureAwait(false) is { } place) return new(null, place);
        throw await devices.FindAsync(userKey, device, cancellationToken).ConfigureAwait(false) is null
            ? Fault.NotFound("device")
            : new Fault(FaultCode.Offline, "the device is not connected");
    }
}
