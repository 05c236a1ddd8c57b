using RooCoord.Application.Messages;
using RooCoord.Contracts;
using Entry = RooCoord.Domain.Messages.Entry;

namespace RooCoord.Application.Sessions;

/// <summary>The wire to one connected device. Writes are hints: what they carry is lost with the connection.</summary>
public interface IDeviceLink
{
    /// <summary>Of the transport.</summary>
    string ConnectionId { get; }

    /// <summary>Writes envelopes in order; ends when the transport took them. Seq 0: an ephemeral one.</summary>
    Task DeliverAsync(IReadOnlyList<Entry> entries);

    /// <summary>Calls the client's <c>SessionStarted</c>.</summary>
    Task SessionStartedAsync(SessionStarted session);

    /// <summary>Calls the client's <c>Withdrawn</c>.</summary>
    Task WithdrawnAsync(string messageId);

    /// <summary>Calls the client's <c>Receipt</c>.</summary>
    Task ReceiptAsync(ReceiptFor receipt);

    /// <summary>Calls the client's <c>OnCall</c> and returns what it returned; faults as <see cref="Calls.IDeviceCalls.OnCallAsync"/>.</summary>
    Task<JsonText> CallAsync(string method, JsonText body, CancellationToken cancellationToken);

    /// <summary>Calls the client's <c>TokenExpiring</c>.</summary>
    Task TokenExpiringAsync(DateTimeOffset at);

    /// <summary>Calls the client's <c>Draining</c>.</summary>
    Task DrainingAsync(int reconnectAfterMs);

    /// <summary>Refuses further calls, waits until those begun are answered or <paramref name="patience"/> is over, closes with leave to reconnect.</summary>
    Task CloseAsync(TimeSpan patience);

    /// <summary>Tells why (<see cref="SessionEndReasons"/>) and closes; whether the client should reconnect follows from the reason.</summary>
    void End(string reason);
}
