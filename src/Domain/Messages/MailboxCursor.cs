namespace RooCoord.Domain.Messages;

/// <summary>
/// A mailbox's counters. The cursor of a priority is the highest seq acknowledged cumulatively: every entry that is
/// <see cref="EntryState.Open"/> at or below it counts as acknowledged, so an acknowledgement writes no entry.
/// </summary>
public sealed class MailboxCursor
{
    /// <summary>Entries with an epoch's numbers start at epoch × 2^40.</summary>
    public const int EpochShift = 40;

    /// <summary>Raised by a restore from backup.</summary>
    public long Epoch { get; set; }
    /// <summary>Highest seq assigned.</summary>
    public long Head { get; set; }
    /// <summary>Entries not settled.</summary>
    public long Open { get; set; }
    /// <summary>Open entries won from offers: a cumulative acknowledgement must look for them.</summary>
    public long Won { get; set; }
    /// <summary>Number of the connection that may settle.</summary>
    public long Fence { get; set; }
    /// <summary>The node its device is connected to; 0: none.</summary>
    public long Node { get; set; }
    /// <summary>True once its device is revoked.</summary>
    public bool Closed { get; set; }
    /// <summary>Cursor of each priority.</summary>
    public long[] Acknowledged { get; } = new long[4];

    /// <summary>Assigns the next seq, or null when <paramref name="limit"/> (0: none) entries are open.</summary>
    public long? Append(long limit)
    {
        if (limit > 0 && Open >= limit) return null;
        Open++;
        return ++Head;
    }

    /// <summary>Refuses a connection that was replaced.</summary>
    public void Require(long fence)
    {
        if (Closed) throw Fault.NotFound("device");
        if (fence != Fence) throw Fault.Replaced();
    }

    /// <summary>Refuses a seq that was never assigned.</summary>
    public void RequireAssigned(long seq)
    {
        if (seq > Head) throw Fault.Invalid($"`seq` is beyond the head of the mailbox ({Head})");
    }
}
