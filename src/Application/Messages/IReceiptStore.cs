namespace RooCoord.Application.Messages;

/// <summary>
/// Receipts of final states that wait for their sending device: 7 days, the newest 1,000 a device. They are written in
/// the transaction that settles the entry; a receipt may be told twice or get lost, the ledger is the truth.
/// </summary>
public interface IReceiptStore
{
    /// <summary>Most receipts kept a device.</summary>
    public const int MaxKept = 1_000;

    /// <summary>What waits for a device, oldest first.</summary>
    Task<IReadOnlyList<ReceiptFor>> ReadAsync(long senderKey, CancellationToken cancellationToken);

    /// <summary>Forgets receipts that were told.</summary>
    Task ForgetAsync(IReadOnlyList<ReceiptFor> receipts);
}
