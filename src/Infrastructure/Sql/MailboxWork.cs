using RooCoord.Application.Messages;
using RooCoord.Domain.Devices;
using RooCoord.Domain.Messages;

namespace RooCoord.Infrastructure.Sql;

/// <summary>A message to append.</summary>
internal sealed class AppendWork(Message message, Route route, long? senderKey) : Work<AppendResult>
{
    public Message Message => message;
    public Route Route => route;
    public long? SenderKey => senderKey;
    /// <summary>Once resolved: of a plain route the devices it names.</summary>
    public IReadOnlyList<TargetDevice> Devices { get; set; } = [];
    /// <summary>Once resolved: of any other route the user's devices.</summary>
    public IReadOnlyList<Device> Candidates { get; set; } = [];
}

/// <summary>A device a message goes to.</summary>
internal readonly record struct TargetDevice(long Key, string Id);

/// <summary>A change to what is open in one mailbox.</summary>
internal interface ISettleWork
{
    /// <summary>Whose mailbox.</summary>
    MailboxHolder Holder { get; }
    /// <summary>Why this alone fails.</summary>
    Domain.Fault? Fault { set; }
}

/// <summary>An acknowledgement, cumulative within its priority.</summary>
internal sealed class AcknowledgeWork(MailboxHolder holder, long seq, EntryKind? known) : Work<Settlement>, ISettleWork
{
    public MailboxHolder Holder => holder;
    public long Seq => seq;
    public EntryKind? Known => known;
}

/// <summary>One entry refused.</summary>
internal sealed class RejectWork(MailboxHolder holder, long seq, string? reason) : Work<bool>, ISettleWork
{
    public MailboxHolder Holder => holder;
    public long Seq => seq;
    public string? Reason => reason;
}

/// <summary>One entry put off.</summary>
internal sealed class RetryWork(MailboxHolder holder, long seq, DateTimeOffset dueAt) : Work<bool>, ISettleWork
{
    public MailboxHolder Holder => holder;
    public long Seq => seq;
    public DateTimeOffset DueAt => dueAt;
}

/// <summary>A claim.</summary>
internal sealed class ClaimWork(MailboxHolder holder, long userKey, string messageId) : Work<ClaimResult>, ISettleWork
{
    public MailboxHolder Holder => holder;
    public long UserKey => userKey;
    public string MessageId => messageId;
    /// <summary>Once resolved: the message and where it was offered; null: nowhere.</summary>
    public ClaimedMessage? Claimed { get; set; }
}

/// <summary>A look at a route whose timer is due.</summary>
internal sealed class RouteWork(long messageKey) : Work<bool>
{
    public long MessageKey => messageKey;
    /// <summary>Once resolved; null: the message is gone.</summary>
    public RoutedMessage? Routed { get; set; }
}

/// <summary>A failed flight.</summary>
internal sealed class ReturnWork(MailboxHolder holder, FlightReturn flight, bool connectionEnded) : Work<IReadOnlyList<long>>, ISettleWork
{
    public MailboxHolder Holder => holder;
    public FlightReturn Flight => flight;
    public bool ConnectionEnded => connectionEnded;
}
