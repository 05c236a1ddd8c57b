using RooCoord.Application;
using RooCoord.Application.Messages;
using RooCoord.Domain.Messages;

namespace RooCoord.Infrastructure.Sql;

/// <summary>What the parts of one batch share: its transaction, its clock, the mailboxes it has locked, and what is to be told after the commit.</summary>
internal sealed class BatchContext(ISqlTransaction transaction, Database database, BatchMemory memory, Limits limits, DateTimeOffset now)
{
    public ISqlTransaction Transaction => transaction;
    public Database Database => database;
    public BatchMemory Memory => memory;
    public Limits Limits => limits;
    public DateTimeOffset Now => now;
    public long NowMs { get; } = now.ToUnixTimeMilliseconds();

    /// <summary>Locked; their rows are written once, at the end of the batch.</summary>
    public Dictionary<long, MailboxCursor> Mailboxes { get; } = [];
    /// <summary>Mailboxes to write.</summary>
    public HashSet<long> Changed { get; } = [];

    /// <summary>Entries appended, in the order of their seqs.</summary>
    public List<Committed> Appended { get; } = [];
    /// <summary>Entries taken back.</summary>
    public List<Withdrawal> Withdrawn { get; } = [];
    /// <summary>Receipts to push.</summary>
    public List<ReceiptFor> Receipts { get; } = [];
    /// <summary>Whether a timer is due that the clock alone would not tell.</summary>
    public bool WakeTimers { get; set; }
}
