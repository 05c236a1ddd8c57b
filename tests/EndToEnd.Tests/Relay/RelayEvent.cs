using RooCoord.Contracts;

namespace RooCoord.EndToEnd.Tests.Relay;

/// <summary>One line of a client's own log. What a line means is its <paramref name="Event"/>; the rest is set where it applies.</summary>
internal sealed record RelayEvent(string Event, long Seq = 0, string Id = "", bool Duplicate = false, int Attempt = 0, ResumeResult? Position = null)
{
    /// <summary>The sender: <c>Send</c> answered.</summary>
    public const string Confirmed = "confirmed";
    /// <summary>The receiver: <c>Message</c> came.</summary>
    public const string Received = "received";
    /// <summary>The receiver: <c>Acknowledge</c> answered.</summary>
    public const string Acknowledged = "acknowledged";
    /// <summary>The receiver went away by itself, to return.</summary>
    public const string Left = "left";
    /// <summary>The receiver wants its line cut.</summary>
    public const string Cut = "cut";
    /// <summary>The receiver is back and has resumed.</summary>
    public const string Returned = "returned";
    /// <summary>The receiver, when all is over: where its mailbox stands.</summary>
    public const string Done = "done";
}
