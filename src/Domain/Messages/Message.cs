namespace RooCoord.Domain.Messages;

/// <summary>Order of delivery; a higher one overtakes what has not been sent.</summary>
public enum Priority
{
    /// <summary>Last.</summary>
    Low,
    /// <summary>The usual one.</summary>
    Normal,
    /// <summary>Before normal.</summary>
    High,
    /// <summary>First.</summary>
    Critical,
}

/// <summary>Which states the sending device hears of.</summary>
public enum ReceiptMode
{
    /// <summary>Nothing.</summary>
    None,
    /// <summary>How each delivery ended.</summary>
    Final,
    /// <summary>Every step.</summary>
    All,
}

/// <summary>States of a mailbox entry as stored; numbers are part of the schema.</summary>
public enum EntryState
{
    /// <summary>Open, and settled by the mailbox's cursor of its priority passing it.</summary>
    Open = 0,
    /// <summary>Open, and settled only by a call that names it (put off by <c>Retry</c>).</summary>
    OpenExact = 1,
    /// <summary>Handled, by a call that named it.</summary>
    Acknowledged = 2,
    /// <summary>Refused by the app.</summary>
    Rejected = 3,
    /// <summary>Its TTL passed.</summary>
    Expired = 4,
    /// <summary>Given up: too many attempts, or its device was revoked.</summary>
    Dead = 5,
    /// <summary>Taken back by the server.</summary>
    Withdrawn = 6,
}

/// <summary>A durable message, sent once to one or more mailboxes.</summary>
public sealed record Message
{
    /// <summary>Narrow key in append order.</summary>
    public long Key { get; set; }
    /// <summary>The sender's id, unique per user.</summary>
    public required string Id { get; init; }
    /// <summary>The sending user's narrow key.</summary>
    public required long UserKey { get; init; }
    /// <summary>The sending user.</summary>
    public required string UserId { get; init; }
    /// <summary>The sending device, or null with a user token.</summary>
    public string? FromDevice { get; init; }
    /// <summary>The sending device's narrow key, or null with a user token.</summary>
    public long? SenderKey { get; init; }
    /// <summary>The app's word for it.</summary>
    public required string Type { get; init; }
    /// <summary>JSON text, UTF-8.</summary>
    public required ReadOnlyMemory<byte> Body { get; init; }
    /// <summary>Order of delivery.</summary>
    public Priority Priority { get; init; } = Priority.Normal;
    /// <summary>What the sender wants to hear.</summary>
    public ReceiptMode Receipts { get; init; }
    /// <summary>When it was accepted.</summary>
    public required DateTimeOffset SentAt { get; init; }
    /// <summary>When its TTL ends.</summary>
    public required DateTimeOffset ExpiresAt { get; init; }
    /// <summary>Handed through.</summary>
    public string? CorrelationId { get; init; }
    /// <summary>Fingerprint of the content, to tell a repeat from a conflict.</summary>
    public long Digest { get; set; }
}

/// <summary>What an entry is in a claim.</summary>
public enum Offer
{
    /// <summary>No claim: the message is this device's.</summary>
    None = 0,
    /// <summary>Offered, and nobody has it yet.</summary>
    Open = 1,
    /// <summary>This device has it.</summary>
    Won = 2,
    /// <summary>Declined as the last open one, while a fallback is being looked for.</summary>
    Declined = 3,
}

/// <summary>An entry of a mailbox: one message for one device.</summary>
/// <param name="Seq">Position in the mailbox.</param>
/// <param name="Epoch">Of the mailbox.</param>
/// <param name="Message">What is delivered.</param>
/// <param name="Attempt">1 on the first delivery.</param>
/// <param name="PutOff">Put off by <c>Retry</c> once.</param>
/// <param name="Offer">Its part in a claim.</param>
public sealed record Entry(long Seq, long Epoch, Message Message, int Attempt, bool PutOff = false, Offer Offer = Offer.None)
{
    /// <summary>Settled only by a call that names it.</summary>
    public bool Exact => PutOff || Offer == Offer.Open;
    /// <summary>Settled by the mailbox's cursor of its priority passing it.</summary>
    public bool Ordinary => !PutOff && Offer == Offer.None;
}
