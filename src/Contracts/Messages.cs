using System.Text.Json;

namespace RooCoord.Contracts;

/// <summary>Who sent a message.</summary>
/// <param name="UserId">The sending user.</param>
/// <param name="Device">The sending device; null when sent with a user token.</param>
public sealed record Sender(string UserId, string? Device);

/// <summary>A message as a device receives it.</summary>
/// <param name="Seq">Position in the device's mailbox; null on ephemeral ones.</param>
/// <param name="Epoch">Raised by a restore from backup; null on ephemeral ones.</param>
/// <param name="Id">The sender's id for it.</param>
/// <param name="From">Who sent it.</param>
/// <param name="Type">1..128 characters.</param>
/// <param name="Body">Any JSON, as sent.</param>
/// <param name="Priority"><c>low|normal|high|critical</c>.</param>
/// <param name="SentAt">When it was committed.</param>
/// <param name="ExpiresAt">When its TTL ends.</param>
/// <param name="Attempt">1 on the first delivery; null on ephemeral ones.</param>
/// <param name="CorrelationId">The sender's, or null.</param>
public sealed record Envelope(
    long? Seq, long? Epoch, string Id, Sender From, string Type, JsonElement Body, string Priority,
    DateTimeOffset SentAt, DateTimeOffset ExpiresAt, int? Attempt, string? CorrelationId);

/// <summary>Answer to <c>Send</c>.</summary>
/// <param name="Id">The message's id.</param>
/// <param name="Duplicate">True when this id was sent before; the rest is then the first answer.</param>
/// <param name="Deliveries">One for each device chosen.</param>
/// <param name="Route">One for each step begun.</param>
public sealed record SendResult(string Id, bool Duplicate, IReadOnlyList<Delivery> Deliveries, IReadOnlyList<RouteStep> Route);

/// <summary>What became of a message for one device.</summary>
/// <param name="Device">The device's id.</param>
/// <param name="Seq">Its place in that mailbox; null when refused or ephemeral.</param>
/// <param name="State"><c>stored|refused</c>; of ephemeral ones <c>sent|dropped</c>.</param>
/// <param name="Reason">An error code when refused, else null.</param>
public sealed record Delivery(string Device, long? Seq, string State, string? Reason);

/// <summary>How one step of a route was decided.</summary>
/// <param name="Step">From 0.</param>
/// <param name="Matched">How many devices matched.</param>
/// <param name="Chosen">Ids of the devices chosen.</param>
/// <param name="Reason">Why these.</param>
public sealed record RouteStep(int Step, int Matched, IReadOnlyList<string> Chosen, string Reason);

/// <summary>Answer to <c>Resume</c>.</summary>
/// <param name="Epoch">Of the mailbox.</param>
/// <param name="Head">The highest seq assigned.</param>
/// <param name="Acknowledged">The highest seq at or below which nothing is open.</param>
public sealed record ResumeResult(long Epoch, long Head, long Acknowledged);

/// <summary>A final or passing state of a delivery, told to the sending device.</summary>
public sealed record Receipt(string Id, string Device, long Seq, string State, DateTimeOffset At, string? Reason);
