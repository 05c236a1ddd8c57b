using RooCoord.Contracts;

namespace RooCoord.EndToEnd.Tests.Crash;

/// <summary>One line of what the clients noted, in the order in which they did.</summary>
internal abstract record CrashLine
{
    /// <summary>A sender is about to call <c>Send</c> for the first time with this id.</summary>
    public sealed record Sending(string Id, string Priority, IReadOnlyList<string> Devices) : CrashLine;

    /// <summary><c>Send</c> answered.</summary>
    public sealed record Confirmed(string Id, bool Duplicate, IReadOnlyList<Delivery> Deliveries) : CrashLine;

    /// <summary>A receiver has a new connection and has resumed.</summary>
    public sealed record Connected(string Device) : CrashLine;

    /// <summary><c>Message</c> came.</summary>
    public sealed record Received(string Device, long Seq, string Id, string Priority, int Attempt, long Epoch) : CrashLine;

    /// <summary>A receiver is about to call <c>Retry</c>: whether it is answered or not, cumulative calls may no longer settle the entry.</summary>
    public sealed record Retrying(string Device, long Seq) : CrashLine;

    /// <summary><c>Acknowledge</c>, or a <c>Resume</c> that acknowledges, answered.</summary>
    public sealed record Acknowledged(string Device, long Seq) : CrashLine;

    /// <summary><c>Reject</c> answered.</summary>
    public sealed record Rejected(string Device, long Seq) : CrashLine;

    /// <summary>A receiver when all is over: where its mailbox stands.</summary>
    public sealed record Drained(string Device, ResumeResult Position) : CrashLine;
}
