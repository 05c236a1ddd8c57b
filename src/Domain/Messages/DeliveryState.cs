namespace RooCoord.Domain.Messages;

/// <summary>Where a message stands with one device, as the ledger and receipts tell it.</summary>
public enum DeliveryState
{
    /// <summary>In the mailbox.</summary>
    Stored,
    /// <summary>In flight, or sent on a connection that ended.</summary>
    Sent,
    /// <summary>Handled.</summary>
    Acknowledged,
    /// <summary>Refused by the app.</summary>
    Rejected,
    /// <summary>Its TTL passed.</summary>
    Expired,
    /// <summary>Given up.</summary>
    Dead,
    /// <summary>Taken back by the server, or declined.</summary>
    Withdrawn,
}
