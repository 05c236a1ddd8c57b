using RooCoord.Domain.Messages;

namespace RooCoord.Application.Messages;

/// <summary>
/// The durable mailboxes: one gap-free <c>seq</c> a device.
/// <para>Ordering: calls are taken synchronously, before the first await of the implementation; appends of one caller
/// get their seqs in the order of the calls, settlements take effect in the order of the calls.</para>
/// <para>Atomicity: a message is committed to all of its mailboxes or to none, and a call's task ends only after the commit.</para>
/// <para>Loss: nothing whose task ended well is lost by a crash. A task that fails with <c>unavailable</c> may have been
/// committed: the message's id makes sending again safe.</para>
/// </summary>
public interface IMailbox
{
    /// <summary>Commits a message to the mailboxes of its targets. Faults: <c>not_found</c>, <c>conflict</c>, <c>mailbox_full</c>, <c>unavailable</c>, <c>storage_full</c>.</summary>
    /// <param name="message">What to append; its key is assigned here.</param>
    /// <param name="route">To whom, within the sending user's devices; later steps begin by themselves.</param>
    /// <param name="senderKey">The sending device, left out of all and of matches; null with a user token.</param>
    Task<AppendResult> AppendAsync(Message message, Route route, long? senderKey);

    /// <summary>Settles the entry and every earlier one of its priority that is not settled only by name; an offer not won is declined by it; a seq without an entry settles nothing. Faults: <c>conflict</c> (replaced), <c>invalid</c> (beyond the head).</summary>
    /// <param name="holder">The mailbox and the connection that speaks for it.</param>
    /// <param name="seq">The entry named.</param>
    /// <param name="known">What the caller knows of the entry from its flight; null: the store looks it up.</param>
    Task<Settlement> AcknowledgeAsync(MailboxHolder holder, long seq, EntryKind? known);

    /// <summary>Dead-letters one entry, or declines it when it is an offer not won; settled or gone: nothing happens. Whether it was open.</summary>
    Task<bool> RejectAsync(MailboxHolder holder, long seq, string? reason);

    /// <summary>Puts one open entry off until <paramref name="dueAt"/>, or closes it when its TTL has passed; settled or gone: nothing happens. Whether it was open.</summary>
    Task<bool> RetryAsync(MailboxHolder holder, long seq, DateTimeOffset dueAt);

    /// <summary>Claims a message offered to the holder. Of several who claim, exactly one wins; the others' offers end with it. Fault <c>not_found</c>: never offered to it.</summary>
    Task<ClaimResult> ClaimAsync(MailboxHolder holder, long userKey, string messageId);

    /// <summary>Notes a failed flight; returns the seqs that are settled by it (given up, or past their TTL when <paramref name="connectionEnded"/>). While the connection lasts also those within its ranges that were settled or put off before: the answer of the call that did may have been lost.</summary>
    Task<IReadOnlyList<long>> ReturnAsync(MailboxHolder holder, FlightReturn flight, bool connectionEnded);

    /// <summary>Where the mailbox stands.</summary>
    Task<MailboxPosition> PositionAsync(long deviceKey, CancellationToken cancellationToken);

    /// <summary>Open entries of one priority after a seq that were not put off, in seq order: at most <paramref name="limit"/>, and no further once their bodies exceed <paramref name="maxBytes"/> (0: no limit).</summary>
    Task<EntryPage> ReadAsync(long deviceKey, Priority priority, long after, int limit, int maxBytes, CancellationToken cancellationToken);

    /// <summary>Entries put off that are due, the most urgent first, and when the next one will be.</summary>
    Task<DueEntries> ReadDueAsync(long deviceKey, DateTimeOffset now, int limit, CancellationToken cancellationToken);
}

/// <summary>Tells the pumps, here and on other nodes, what was committed. A hint: may be lost, the mailbox is the truth.</summary>
public interface IMailboxSignal
{
    /// <summary>Entries in the order of their commit.</summary>
    void Appended(IReadOnlyList<Committed> entries);

    /// <summary>Entries taken back: their devices are told, and nothing more of them is sent.</summary>
    void Withdrawn(IReadOnlyList<Withdrawal> entries);

    /// <summary>Receipts for their sending devices.</summary>
    void Receipts(IReadOnlyList<ReceiptFor> receipts);

    /// <summary>The outcome of a commit is unknown: look into the mailboxes again.</summary>
    void Recheck();

    /// <summary>When an entry in flight on a connection here was first sent, or null: while it is, its TTL does not close it.</summary>
    DateTimeOffset? InFlightSince(long deviceKey, long seq);
}

/// <summary>A mailbox and the connection that speaks for it.</summary>
public readonly record struct MailboxHolder(long DeviceKey, long Fence);

/// <summary>What a flight knows of an entry.</summary>
public readonly record struct EntryKind(Priority Priority, bool Exact);

/// <summary>What an acknowledgement settled: everything of this priority up to its seq that is not settled only by name, and, when <paramref name="Exact"/>, the entry it named; null priority: nothing. <paramref name="Open"/>: it was looked up, and was open.</summary>
public readonly record struct Settlement(Priority? Priority, bool Exact, bool Open = false);

/// <summary>A committed entry of a mailbox, and the node that held its device when it was committed; 0: none.</summary>
public readonly record struct Committed(long DeviceKey, Entry Entry, long Node = 0);

/// <summary>An entry taken back from a mailbox, and the node that held its device then; 0: none.</summary>
public readonly record struct Withdrawal(long DeviceKey, long Seq, string MessageId, long Node = 0);

/// <summary>A receipt and the device that asked for it. <paramref name="Kept"/>: stored until it was told (final states).</summary>
public sealed record ReceiptFor(
    long SenderKey, string MessageId, long DeviceKey, string DeviceId, long Seq, DeliveryState State, DateTimeOffset At, string? Reason, bool Kept);

/// <summary>A step of a route that was begun.</summary>
public sealed record BegunStep(int Step, int Matched, IReadOnlyList<string> Chosen, string Reason);

/// <summary>Whether the claim was won, and the entry it is about. <paramref name="Open"/>: it was an open offer, won now.</summary>
public readonly record struct ClaimResult(bool Won, long Seq, bool Open = false);

/// <summary>Where a mailbox stands. <paramref name="Acknowledged"/>: the highest seq at or below which nothing is open.</summary>
public sealed record MailboxPosition(long Epoch, long Head, long Acknowledged);

/// <summary>Entries read, and whether there may be more behind them.</summary>
public sealed record EntryPage(IReadOnlyList<Entry> Entries, bool More);

/// <summary>Due entries, and when to look again.</summary>
public sealed record DueEntries(IReadOnlyList<Entry> Entries, DateTimeOffset? NextAt);

/// <summary>What became of an append: <paramref name="Duplicate"/> repeats the first answer. <paramref name="Route"/>: the steps begun; null for a plain route.</summary>
public sealed record AppendResult(bool Duplicate, IReadOnlyList<AppendedDelivery> Deliveries, IReadOnlyList<BegunStep>? Route = null);

/// <summary>One device's part; null seq: its mailbox was full.</summary>
public readonly record struct AppendedDelivery(string DeviceId, long? Seq);
