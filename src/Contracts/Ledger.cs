namespace RooCoord.Contracts;

/// <summary>A message in the ledger: what became of it, with every device.</summary>
/// <param name="Id">The sender's id.</param>
/// <param name="From">Who sent it.</param>
/// <param name="Type">1..128 characters.</param>
/// <param name="Body">As sent; only where one message is asked for.</param>
/// <param name="Priority"><c>low|normal|high|critical</c>.</param>
/// <param name="SentAt">When it was committed.</param>
/// <param name="ExpiresAt">When its TTL ends.</param>
/// <param name="Receipts"><c>none|final|all</c>.</param>
/// <param name="CorrelationId">The sender's, or null.</param>
/// <param name="Deliveries">One for each entry it ever had in a mailbox, and for each mailbox that was full.</param>
/// <param name="Route">One for each step begun.</param>
public sealed record MessageRecord(
    string Id, Sender From, string Type, JsonText? Body, string Priority, DateTimeOffset SentAt, DateTimeOffset ExpiresAt, string Receipts,
    string? CorrelationId, IReadOnlyList<DeliveryRecord> Deliveries, IReadOnlyList<RouteStep> Route);

/// <summary>A message's way to one device.</summary>
/// <param name="DeliveryId">Of this entry; null when refused.</param>
/// <param name="Device">The device's id.</param>
/// <param name="Seq">Its place in the mailbox; null when refused.</param>
/// <param name="State"><c>stored|sent|acknowledged|rejected|expired|dead|withdrawn|refused</c>; final ones are exact, <c>sent</c> best effort.</param>
/// <param name="Reason">Why it ended so, or null.</param>
/// <param name="At">Since when; null when that is not known.</param>
/// <param name="Attempt">1 on the first delivery; null when refused.</param>
public sealed record DeliveryRecord(string? DeliveryId, string Device, long? Seq, string State, string? Reason, DateTimeOffset? At, int? Attempt);

/// <summary>An entry that was rejected or given up.</summary>
/// <param name="DeliveryId">For redriving and purging it.</param>
/// <param name="Device">Whose mailbox it was in.</param>
/// <param name="Seq">Its place there.</param>
/// <param name="State"><c>rejected|dead</c>.</param>
/// <param name="Reason">The app's, or <c>attempts|revoked|unclaimed</c>.</param>
/// <param name="At">When it ended.</param>
/// <param name="Attempt">Of its last delivery.</param>
/// <param name="Id">The message's id.</param>
/// <param name="From">Who sent it.</param>
/// <param name="Type">Of the message.</param>
/// <param name="Body">As sent.</param>
/// <param name="Priority">Of the message.</param>
/// <param name="SentAt">When it was committed.</param>
/// <param name="CorrelationId">The sender's, or null.</param>
public sealed record DeadLetter(
    string DeliveryId, string Device, long Seq, string State, string? Reason, DateTimeOffset At, int Attempt,
    string Id, Sender From, string Type, JsonText Body, string Priority, DateTimeOffset SentAt, string? CorrelationId);

/// <summary>Items, newest first.</summary>
/// <param name="Items">At most as many as asked for.</param>
/// <param name="NextBefore">What to pass as <c>before</c> for the next ones; null: there are none.</param>
public sealed record HistoryPage<T>(IReadOnlyList<T> Items, string? NextBefore);
