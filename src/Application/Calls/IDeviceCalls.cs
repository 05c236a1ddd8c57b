using RooCoord.Contracts;

namespace RooCoord.Application.Calls;

/// <summary>
/// Asks connected devices. A question goes to one connection and lives no longer than it: nothing is stored, repeated or
/// ordered against messages, and an answer that comes after the end changes nothing.
/// </summary>
public interface IDeviceCalls
{
    /// <summary>
    /// Calls <c>OnCall</c> on a connection (<see cref="Sessions.IDeviceLink.ConnectionId"/>) and returns what it returned.
    /// Faults: <c>offline</c> when that connection is not or no longer there, <c>failed</c>, and <c>rate_limited</c> when too
    /// many of the caller's or the target's calls wait already. Cancelled: an <see cref="OperationCanceledException"/>.
    /// </summary>
    Task<JsonText> OnCallAsync(string connectionId, string method, JsonText body, CancellationToken cancellationToken);
}
