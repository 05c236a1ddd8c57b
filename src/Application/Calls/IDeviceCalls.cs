using RooCoord.Application.Cluster;
using RooCoord.Contracts;

namespace RooCoord.Application.Calls;

/// <summary>
/// Asks connected devices. A question goes to one connection and lives no longer than it: nothing is stored, repeated or
/// ordered against messages, and an answer that comes after the end changes nothing.
/// </summary>
public interface IDeviceCalls
{
    /// <summary>
    /// Calls <c>OnCall</c> on a connection and returns what it returned.
    /// Faults: <c>offline</c> when that connection is not or no longer there, <c>failed</c>, and <c>rate_limited</c> when too
    /// many of the caller's or the target's calls wait already. Cancelled: an <see cref="OperationCanceledException"/>.
    /// </summary>
    Task<JsonText> OnCallAsync(CalledDevice device, string method, JsonText body, CancellationToken cancellationToken);
}

/// <summary>A connected device: its connection here (<see cref="Sessions.IDeviceLink.ConnectionId"/>), or, null, its place on another node.</summary>
public readonly record struct CalledDevice(string? ConnectionId, DevicePlace Elsewhere = default);
